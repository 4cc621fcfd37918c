# `make run` and `make test` are the whole set-up: both install what is missing first.

SWIFT ?= swift
RECALLBENCH = .build/release/recallbench
SOURCES = Sources Tests Package.swift

# What `make run` runs; for another: make run SWEEP=datasets/sweeps/nightly.yml.
SWEEP = datasets/sweeps/quick.yml

APT_PACKAGES = libhdf5-dev liblmdb-dev libsqlite3-dev libssl-dev libyaml-dev zlib1g-dev pkg-config
BREW_PACKAGES = hdf5 libyaml lmdb openssl@3 pkgconf sqlite

.PHONY: deps build run test bench format lint clean

deps:
ifeq ($(shell uname -s),Darwin)
	@for package in $(BREW_PACKAGES); do \
	  brew list --versions $$package > /dev/null || brew install $$package || exit 1; \
	done
else
	@missing=; \
	for package in $(APT_PACKAGES); do \
	  dpkg -s $$package 2> /dev/null | grep -q '^Status: install ok installed' || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
	  command -v apt-get > /dev/null || { echo "please install:$$missing" >&2; exit 1; }; \
	  sudo=; if [ "$$(id -u)" != 0 ]; then sudo=sudo; fi; \
	  echo "installing:$$missing"; \
	  $$sudo apt-get update && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y $$missing; \
	fi
endif

build: deps
	$(SWIFT) build -c release --product recallbench

run: build
	$(RECALLBENCH) run $(SWEEP) --force

test: deps
	$(SWIFT) test

# Flat and ivf-flat at fixed recalls, beside faiss where PEERS_PYTHON, or else python3, has it;
# for other datasets: make bench BENCH='--dataset NAME'.
bench: build
	$(RECALLBENCH) bench $(BENCH)

format:
	$(SWIFT) format --in-place --recursive $(SOURCES)

lint:
	$(SWIFT) format lint --strict --recursive $(SOURCES)

clean:
	$(SWIFT) package clean
