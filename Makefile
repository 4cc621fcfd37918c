# `make run` and `make test` are the whole set-up: both install what is missing first.

SWIFT ?= swift
RECALLBENCH = .build/release/recallbench
SOURCES = Sources Plugins Tests Package.swift

# Flags that only speed up: the package works without them. Release builds do not check exclusive access dynamically (a
# tenth of a search), which debug builds, and so the tests, do; debug builds optimise the kernels all the same.
RELEASE = -c release -Xswiftc -enforce-exclusivity=unchecked
DEBUG = -Xcc -O3

# What `make run` runs; for another: make run SWEEP=datasets/sweeps/nightly.yml.
SWEEP = datasets/sweeps/quick.yml

APT_PACKAGES = libcurl4-openssl-dev libhdf5-dev liblmdb-dev libsqlite3-dev libssl-dev libxxhash-dev libyaml-dev \
  zlib1g-dev pkg-config
BREW_PACKAGES = hdf5 libyaml lmdb openssl@3 pkgconf sqlite xxhash

# Python packages in a folder of their own. The first draws the reports' charts; without it pages load Vega from the
# network, and there are no png and svg.
CHARTS = .build/charts
CHARTS_PYTHON ?= python3
VL_CONVERT = vl-convert-python==1.9.0.post1
# Reads Parquet and Arrow files; without it there is one line that says so.
PYARROW = pyarrow==26.0.1 numpy==2.4.6
# For tests of files that it writes, which are passed over without it.
H5PY = h5py==3.16.0
PYTHON_PACKAGES = $(VL_CONVERT) $(PYARROW) $(H5PY)

.PHONY: deps charts build install uninstall run test kernels columns packages slurm bench peers fuzz format lint clean

deps: charts
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

# Not having it is no failure: a machine without Python or without a network builds, measures and tests all the same.
charts:
	@if [ ! -s $(CHARTS)/vega.js ] || ! grep -qsx '$(PYTHON_PACKAGES)' $(CHARTS)/installed; then \
	  echo "installing: $(PYTHON_PACKAGES) into $(CHARTS)"; \
	  mkdir -p $(CHARTS); \
	  { $(CHARTS_PYTHON) -m venv $(CHARTS) \
	    && $(CHARTS)/bin/python3 -m pip install --quiet --retries 1 --timeout 15 $(PYTHON_PACKAGES) \
	    && $(CHARTS)/bin/python3 Sources/Reports/Charts/charts.py bundle > $(CHARTS)/vega.js.partial \
	    && mv $(CHARTS)/vega.js.partial $(CHARTS)/vega.js && echo '$(PYTHON_PACKAGES)' > $(CHARTS)/installed; \
	  } > $(CHARTS).log 2>&1 || echo "not installed, see $(CHARTS).log: reports will load Vega from the network, and there is no Parquet" >&2; \
	fi

build: deps
	$(SWIFT) build $(RELEASE) --product recallbench

# Where `make install` puts the program and what belongs to it; DESTDIR is a folder that stands for / meanwhile.
PREFIX = /usr/local
ROOT = $(DESTDIR)$(PREFIX)
SHARE = share/recallbench
MANUAL = share/man/man1/recallbench.1
BASH_COMPLETION = share/bash-completion/completions/recallbench
ZSH_COMPLETION = share/zsh/site-functions/_recallbench
FISH_COMPLETION = share/fish/vendor_completions.d/recallbench.fish
HEADER = include/recallbench_index.h
INSTALLED = bin/recallbench $(HEADER) $(MANUAL) $(BASH_COMPLETION) $(ZSH_COMPLETION) $(FISH_COMPLETION)
SHIPPED = datasets/photo-sift-20k-128-euclidean.hdf5 datasets/debian-minilm-4k-384-angular.hdf5 \
  datasets/checksums.yml datasets/gate.yml $(wildcard datasets/sweeps/*.yml datasets/runbooks/*.yaml)

$(RECALLBENCH):
	$(MAKE) build

# Nothing is built where the program is there: `make build`, and then `sudo make install`.
install: $(RECALLBENCH)
	umask 022; mkdir -p $(addprefix "$(ROOT)"/,$(dir $(INSTALLED)) $(sort $(dir $(SHIPPED:%=$(SHARE)/%))))
	install -m 755 $(RECALLBENCH) "$(ROOT)/bin/recallbench"
	install -m 644 Sources/CRecallBenchPlugin/recallbench_index.h "$(ROOT)/$(HEADER)"
	umask 022; cd "$(ROOT)" && bin/recallbench man > $(MANUAL) \
	  && bin/recallbench completions bash > $(BASH_COMPLETION) \
	  && bin/recallbench completions zsh > $(ZSH_COMPLETION) \
	  && bin/recallbench completions fish > $(FISH_COMPLETION)
	for file in $(SHIPPED); do install -m 644 $$file "$(ROOT)/$(SHARE)/$$file" || exit 1; done
	rm -rf "$(ROOT)/$(SHARE)/charts"
	if [ -s $(CHARTS)/vega.js ]; then cp -RP $(CHARTS) "$(ROOT)/$(SHARE)/charts"; fi

# Leaves no file, and of the folders those that hold something else.
uninstall:
	if cd "$(ROOT)"; then \
	  rm -rf $(SHARE) $(INSTALLED) && rmdir -p $(dir $(INSTALLED)) 2> /dev/null; true; \
	fi

run: build
	$(RECALLBENCH) run $(SWEEP) --force

test: deps
	$(SWIFT) test $(DEBUG)

# The kernels against the scalar ones in plain C: on this CPU, and on ARM by emulation where the packages for it are.
kernels:
	Tests/Kernels/check.sh

# The article Columns is made of the figures that the sources declare; a test holds it to them.
columns: deps
	RECALLBENCH_REWRITE=1 $(SWIFT) test $(DEBUG) --filter ColumnsArticleTests

# Packages that depend on this one: an index outside of it, and an app that depends on a version.
packages: deps
	Tests/Packages/check.sh

# A Slurm cluster inside this machine, and runs on it, also while nodes fail; where there can be none, one line says why.
slurm: deps
	-Tests/Fixtures/slurm-cluster.sh install
	Tests/Fixtures/slurm-cluster-test.sh
	RECALLBENCH_SLURM_FAILURES=1 $(SWIFT) test $(DEBUG) --filter SlurmClusterTests

# Our indexes beside the libraries that are installed, their rounds in turns.
bench: build
	$(RECALLBENCH) run datasets/sweeps/peers.yml --force --out reports/peers

# The same, with the libraries installed first: make peers PEERS='faiss hnswlib'.
PEERS = faiss hnswlib hnswlib-python usearch rabitqlib svs scann lorann
peers: build
	$(RECALLBENCH) peers install $(PEERS)
	$(MAKE) bench

# libFuzzer over the readers of files: make fuzz FUZZ='npy -max_total_time=60'; Tests/Fuzz/FuzzReaders.swift says more.
FUZZER = $(firstword $(wildcard $(dir $(shell command -v $(SWIFT)))../lib/clang/*/lib/linux/libclang_rt.fuzzer_no_main-*.a))
fuzz: deps
	RECALLBENCH_FUZZ=1 $(SWIFT) build -c release --scratch-path .build/fuzz --product FuzzReaders \
	  -Xswiftc -Xfrontend -Xswiftc -sanitize=fuzzer -Xlinker $(FUZZER)
	SWIFT_BACKTRACE=enable=no .build/fuzz/release/FuzzReaders $(FUZZ)

format:
	$(SWIFT) format --in-place --recursive $(SOURCES)

lint:
	$(SWIFT) format lint --strict --recursive $(SOURCES)

clean:
	$(SWIFT) package clean
