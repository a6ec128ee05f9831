# Two commands: `make run` opens the app, `make test` runs every check. Each installs what it needs first.
# What is typed or piped is the app's alone: `make run` without a display opens a chat in the terminal.
# MLX and all build output live under Cargo's target folder; CARGO_TARGET_DIR moves it.

TARGET := $(or $(CARGO_TARGET_DIR),target)
CARGO := cargo
BINARIES := -p ingot-app -p ingot -p ingot-mlx
UI_SOURCES := $(shell find ui/src -type f) ui/index.html ui/package.json ui/package-lock.json ui/vite.config.ts ui/svelte.config.js

.PHONY: run build bundle test bench bench-convert bench-pull bench-pool bench-window demo-figures oracle miri setup rust-test ui-test macos-check clean

run: build
	$(TARGET)/release/ingot-app

## Release binaries in target/release, which run in place.
build: setup ui/dist/index.html
	$(CARGO) build --locked --release $(BINARIES) </dev/null
	@rm -rf $(TARGET)/release/ingot-demo && cp -R demo/ingot-demo $(TARGET)/release/

## What people install, in target/release/bundle: a .app and a disk image on macOS, a .deb on Linux.
bundle: export MLX_RS_METAL_PATH = $(abspath $(TARGET))/metal
bundle: build
	@scripts/bundle.sh

## System packages, MLX, npm packages; does nothing twice.
setup:
	@scripts/setup.sh </dev/null

ui/dist/index.html: $(UI_SOURCES) | setup
	cd ui && npm run build </dev/null

test: setup ui-test rust-test macos-check
	@echo "All checks passed."

ui-test: setup ui/dist/index.html
	cd ui && npm run check && npm test

rust-test: setup ui/dist/index.html
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	$(CARGO) build --locked --workspace
	$(CARGO) test --locked --workspace

macos-check: setup ui/dist/index.html
	@scripts/check-macos.sh

## Speed against mlx-lm, in turn, on the same MLX. MODEL names a model's folder.
bench: build
	@scripts/bench.sh $(MODEL)

## Conversion against mlx-lm on a random 2 GB checkpoint, and its memory within a limit.
bench-convert: build
	@scripts/bench-convert.sh

## The window: start, idle, frames while an answer streams, processor time.
bench-window: build
	$(CARGO) test --locked --release -p ingot-tests --test suite -- --ignored --nocapture window::speed

## Downloading from a server on this machine against curl and sha256sum.
bench-pull: build
	@scripts/bench-pull.sh

## The tests that need mlx-lm: conversions of models that no fixture has.
oracle: setup
	@scripts/oracle.sh

## The demo model's figures in docs/demo.md: what each recipe makes of it.
demo-figures: build
	python3 demo/figures.py --ingot $(TARGET)/release/ingot

## The memory pool against the system's allocator.
bench-pool:
	$(CARGO) run --locked --release -p ingot-tests --bin pool-bench

## The memory pool's books and its unsafe code under Miri, which needs a nightly toolchain with it.
miri:
	MIRIFLAGS=-Zmiri-disable-isolation $(CARGO) +nightly miri test -p ingot-engine --lib memory::

clean:
	rm -rf ui/dist ui/node_modules .cargo
	$(CARGO) clean
