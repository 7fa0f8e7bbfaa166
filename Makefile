# Two commands set everything up on a fresh Debian or Ubuntu with Rust: `make play` and `make test`.
# The rest is for those who work on talea itself; `make help` lists it.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help play build test lint tests deny fuzz kit bench manual fresh clean

CARGO ?= cargo
PIECE ?= patterns/8-night-bus.talea
ARGS ?=
TALEA := target/release/talea
TOOLS := $(CURDIR)/target/tools

# What building and playing need, and what the tests need besides: real audio servers.
PLAY_PACKAGES := gcc libc6-dev pkg-config libasound2-dev libjack-jackd2-dev ca-certificates
TEST_PACKAGES := $(PLAY_PACKAGES) g++ jackd2 procps pulseaudio pulseaudio-utils

help: ## what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

play: ## installs what is missing, builds talea and plays a piece (PIECE=…, ARGS='--headless --for 5s')
	@.ci/system $(PLAY_PACKAGES)
	$(CARGO) build --release --locked
	$(TALEA) play $(PIECE) $(ARGS)

build: ## the program, optimised: target/release/talea
	$(CARGO) build --release --locked

test: ## installs what the tests need and runs everything
	@.ci/system $(TEST_PACKAGES)
	@command -v jack_bufsize >/dev/null || .ci/system jack-example-tools  # newer systems have JACK's tools in a package of their own
	@$(MAKE) --no-print-directory build lint tests deny fuzz
	@echo && cat target/tests.closing

lint: ## format, clippy and docs, with no warning left
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --no-deps --locked --document-private-items

tests: build ## unit, law, screen and real-server tests, then the examples in the docs
	@mkdir -p target
	@if $(CARGO) nextest --version >/dev/null 2>&1; then \
	  $(CARGO) nextest run --locked --no-fail-fast 2>&1 | tee target/tests.log; \
	else \
	  $(CARGO) test --locked --no-fail-fast --lib --bins --tests 2>&1 | tee target/tests.log; \
	fi
	@$(CARGO) test --locked --doc 2>&1 | tee -a target/tests.log
	@grep -aE '^ *(Summary|test result:)' target/tests.log >target/tests.closing

DENY := $(shell command -v cargo-deny 2>/dev/null || echo $(TOOLS)/bin/cargo-deny)
deny: ## licences, banned crates and sources of everything that talea is built from
	@[ -x "$(DENY)" ] || CARGO_TARGET_DIR=$(TOOLS)/build $(CARGO) install --quiet --locked --debug --root $(TOOLS) --version 0.20.2 cargo-deny
	$(DENY) --log-level error --config .deny.toml check licenses bans sources

# What is traced so is three to four times as slow: the timeout stands for some two seconds.
# The switches that cargo-fuzz sets, so that nothing has to be installed but a C++ compiler; in as many units as the
# compiler likes, for one takes 1.7 times as long.
FUZZ_SECONDS ?= 60
FUZZ_FLAGS := -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Cdebug-assertions --cfg fuzzing
FUZZ_HOST = $(shell rustc -vV | sed -n 's/host: //p')
fuzz: ## hostile texts, then random expressions, together for a minute (FUZZ_SECONDS=…)
	@mkdir -p target/fuzz/found/text target/fuzz/found/query
	RUSTFLAGS="$(FUZZ_FLAGS)" CARGO_TARGET_DIR=target/fuzz $(CARGO) build --release --manifest-path tests/fuzz/Cargo.toml --target $(FUZZ_HOST)
	@for target in text query; do \
	  [ $$target = text ] && kept="tests/fuzz/corpus tests/songs tests/bad patterns" || kept=; \
	  target/fuzz/$(FUZZ_HOST)/release/$$target target/fuzz/found/$$target $$kept \
	    -max_total_time=$$(( $(FUZZ_SECONDS) / 2 )) -max_len=4096 -timeout=8 -rss_limit_mb=500 -artifact_prefix=target/fuzz/$$target- -print_final_stats=1 \
	    >target/fuzz/$$target.log 2>&1 || { tail -n 60 target/fuzz/$$target.log; exit 1; }; \
	  echo "$$target"; grep -a '^stat::' target/fuzz/$$target.log; \
	done

kit: build ## renders the starter kit anew from the piece that designs it, samples/kit.talea
	samples/make-kit.sh

bench: ## what is measured: compiling pieces, queries, the engine
	$(CARGO) bench --locked

manual: ## writes docs/manual/reference.md and docs/manual/functions from the program's own tables
	TALEA_WRITE_MANUAL=1 $(CARGO) test --locked --lib -- cli::manual

fresh: ## `make play` and `make test` in a fresh Debian root (needs root and debootstrap)
	.ci/fresh

clean: ## removes what was built
	$(CARGO) clean
