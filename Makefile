# The front door: builds, runs and tests everything. CMake makes the library for C users
# (CMakeLists.txt), SwiftPM the Swift package (Package.swift); this file only calls them.
BUILD ?= build
PREFIX ?= /usr/local
# ON: compiler warnings are errors in the release build too (the tests' always are).
WERROR ?= OFF

MAKEFLAGS += --no-print-directory
library_needs = cmake ninja-build pkg-config gcc g++ libhwloc-dev
require = @cmake/require.sh
configure = @cmake >/dev/null -S . -B $(BUILD) -G Ninja \
	-DPENSTOCK_WARNINGS_AS_ERRORS=$(WERROR) -DPENSTOCK_BENCHMARKS=OFF
swift_test = Tests/run-swift.sh -Xswiftc -warnings-as-errors
folders = Sources Tests $(wildcard examples benchmarks bindings)
swift_sources = Package.swift $(folders)
c_sources = find $(folders) cblas cmake '(' -name '*.[ch]' -o -name '*.[ch]pp' ')' -print0

.PHONY: build help run run-swift run-python run-actors run-actors-swift test test-swift test-kernels test-abi test-cblas test-python test-sanitizers \
	bench bench-dataflow bench-matrix bench-actors bench-placement bench-python install format lint clean

build: ## Build the library (this is what plain `make` does)
	$(require) $(library_needs)
	$(configure)
	@cmake --build $(BUILD)

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|'

run: ## Train a network on handwritten digits, in C; pictures go to out/
	$(require) $(library_needs)
	$(configure) -DPENSTOCK_EXAMPLES=ON
	@cmake --build $(BUILD) --target digits
	@$(BUILD)/examples/digits/digits

run-swift: ## The same through the Swift package
	$(require) pkg-config libhwloc-dev g++
	@swift run -c release digits-swift

run-python: build ## The same in Python, with NumPy in an environment of its own
	$(require) python3-venv
	@$(BUILD)/run-python/bin/python -c 'import numpy' 2>/dev/null || \
		{ python3 -m venv $(BUILD)/run-python && $(BUILD)/run-python/bin/pip install -q numpy; }
	@PENSTOCK_LIBRARY=$(BUILD)/lib/libpenstock.so PYTHONPATH=bindings/python/src \
		$(BUILD)/run-python/bin/python examples/python/digits.py

run-actors: ## Crawl this folder with supervised actors, and run a bank, in C
	$(require) $(library_needs)
	$(configure) -DPENSTOCK_EXAMPLES=ON
	@cmake --build $(BUILD) --target crawler bank
	@$(BUILD)/examples/crawler/crawler .
	@$(BUILD)/examples/bank/bank

run-actors-swift: ## The same through the Swift package
	$(require) pkg-config libhwloc-dev g++
	@swift run -c release crawler-swift .
	@swift run -c release bank-swift

test: test-swift test-kernels test-abi test-cblas test-python test-sanitizers ## All tests

test-swift: ## The Swift tests, in debug
	$(require) pkg-config libhwloc-dev g++
	@$(swift_test)
	@examples/crawler/check.sh .build/debug/crawler-swift
	@examples/bank/check.sh .build/debug/bank-swift

test-kernels: ## The matrix kernels of every path of this machine, and of arm64 in qemu
	@Tests/Kernels/run.sh $(BUILD)/kernels

test-abi: ## The C tests and the checks of the binary interface
	$(require) $(library_needs)
	$(configure) -DPENSTOCK_TESTS=ON -DPENSTOCK_EXAMPLES=ON -DPENSTOCK_SANITIZED_TESTS=ON
	@cmake --build $(BUILD)
	@ctest --test-dir $(BUILD) --output-on-failure --no-tests=error --parallel "$$(nproc)"

test-cblas: ## Foreign BLAS testers; their sources are fetched from Debian
	$(require) $(library_needs) gfortran dpkg-dev libblas-dev liblapack-dev
	$(configure)
	@cmake --build $(BUILD) --target penstock_cblas
	@Tests/CBLAS/testers.sh $(BUILD)

test-python: ## The Python package: its wheel in a fresh virtual environment, format, types, tests
	$(require) $(library_needs) python3-venv
	@bindings/python/test.sh $(BUILD)/python

# The suites that run threads or work on the program's memory, each sanitizer in a build of its own.
# Nothing is suppressed. What is undefined in C ends the process beside the address sanitizer.
sanitized = Tests/run-swift.sh --only PenstockRuntimeTests --only PenstockDataflowTests \
	--only PenstockActorsTests --only PenstockTextTests --only PenstockOperatorsTests \
	--only SimulationTests
undefined = -Xcc -fsanitize=undefined -Xcc -fsanitize-trap=undefined
test-sanitizers: ## Tests under ThreadSanitizer, and under those of addresses, leaks and what is undefined
	$(require) pkg-config libhwloc-dev g++
	@TSAN_OPTIONS=halt_on_error=0:exitcode=66 \
		$(sanitized) --sanitize=thread --scratch-path $(BUILD)/thread
	@TSAN_OPTIONS=halt_on_error=0:exitcode=66 Tests/ABI/sanitized.sh thread $(BUILD)/thread
	@ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1 \
		$(sanitized) --sanitize=address --scratch-path $(BUILD)/address $(undefined)
	@ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1 \
		Tests/ABI/sanitized.sh address $(BUILD)/address $(undefined)

bench: bench-dataflow bench-matrix bench-actors bench-placement bench-python ## All benchmarks

bench-dataflow: ## Penstock beside hand-written C and oneTBB
	$(require) $(library_needs) libtbb-dev
	$(configure) -DPENSTOCK_BENCHMARKS=ON
	@cmake --build $(BUILD) --target penstock-bench-dataflow
	@$(BUILD)/bench/penstock-bench-dataflow $(BENCH_ARGUMENTS)

bench-matrix: ## Matrix products: Penstock beside OpenBLAS, oneDNN, AOCL-BLAS and libxsmm
	$(require) $(library_needs) libtbb-dev libxsmm-dev python3-venv
	@benchmarks/matrix/peers.sh $(BUILD)/peers
	$(configure) -DPENSTOCK_BENCHMARKS=ON
	@cmake --build $(BUILD) --target penstock-bench-matrix
	@$(BUILD)/bench/penstock-bench-matrix $(BENCH_ARGUMENTS)

bench-actors: ## Actors and messages: Penstock beside CAF and Erlang
	$(require) $(library_needs) libcaf-dev erlang-base
	$(configure) -DPENSTOCK_BENCHMARKS=ON
	@cmake --build $(BUILD) --target penstock-bench-actors
	@$(BUILD)/bench/penstock-bench-actors $(BENCH_ARGUMENTS)

bench-placement: ## How long a graph of 256 stages takes to start on 384 processors
	$(require) $(library_needs) libtbb-dev
	$(configure) -DPENSTOCK_BENCHMARKS=ON
	@cmake --build $(BUILD) --target penstock-bench-placement
	@$(BUILD)/bench/penstock-bench-placement $(TOPOLOGY)

# The peers' environment runs Penstock as well, from the sources: one Python and one NumPy for all.
bench-python: build ## Penstock for Python beside its peers from PyPI
	$(require) python3-venv
	@benchmarks/python/peers.sh $(BUILD)/peers-python
	@PENSTOCK_LIBRARY=$(BUILD)/lib/libpenstock.so PYTHONPATH=bindings/python/src \
		PYTHONDONTWRITEBYTECODE=1 $(BUILD)/peers-python/bin/python benchmarks/python $(BENCH_ARGUMENTS)

install: build ## Install under PREFIX (/usr/local)
	@cmake --install $(BUILD) --prefix $(PREFIX)

format: ## Format all sources
	$(require) clang-format
	@swift format --in-place --recursive --parallel $(swift_sources)
	@$(c_sources) | xargs -r0 clang-format -i

lint: ## Check the format of all sources
	$(require) clang-format
	@swift format lint --strict --recursive --parallel $(swift_sources)
	@$(c_sources) | xargs -r0 clang-format --dry-run -Werror
	@! grep -nE '.{101}|[[:space:]]$$' include/*.h
	@! grep -rnE '.{101}' $(swift_sources) --include='*.swift' | grep -E ':[0-9]+: *//'

clean: ## Remove what was built
	@rm -rf $(BUILD) .build out
