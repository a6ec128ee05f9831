#!/usr/bin/env bash
# Measures downloading against `curl | sha256sum`: same machine, same server, in turn.
source "$(dirname "$0")/common.sh"
python3 tests/bench/pull_speed.py --ingot "$TARGET_DIR/release/ingot" --scratch "$TARGET_DIR/bench-pull" "$@"
