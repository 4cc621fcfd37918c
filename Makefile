# `make run` and `make test` are the whole set-up: both install what is missing first.

SWIFT ?= swift
RECALLBENCH = .build/release/recallbench
SOURCES = Sources Tests Package.swift

# What `make run` sweeps: the real datasets that the repository ships.
DATASETS = --dataset datasets/photo-sift-20k-128-euclidean.hdf5 --dataset datasets/debian-minilm-4k-384-angular.hdf5
SWEEP = $(DATASETS) --index flat --index ivf-flat --set nlist=64 --set nprobe=1,2,4,8,16,32,64

APT_PACKAGES = libhdf5-dev liblmdb-dev libyaml-dev libssl-dev zlib1g-dev pkg-config
BREW_PACKAGES = hdf5 lmdb libyaml openssl@3 pkgconf

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
	$(RECALLBENCH) run $(SWEEP)

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
