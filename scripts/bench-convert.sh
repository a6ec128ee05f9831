#!/usr/bin/env bash
# Measures conversion against mlx-lm: same machine, same source, in turn; then memory within a limit.
source "$(dirname "$0")/common.sh"
source scripts/mlx-lm.sh
"$PYTHON" tests/bench/convert_speed.py --ingot "$TARGET_DIR/release/ingot" --scratch "$TARGET_DIR/bench-convert" "$@"
