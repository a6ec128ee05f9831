#!/usr/bin/env bash
# Measures Ingot against mlx-lm on the model in folder $1: same machine, same MLX, in turn.
source "$(dirname "$0")/common.sh"

model=${1:-}
[ -n "$model" ] || stop "no model is named" "run 'make bench MODEL=folder'"
source scripts/mlx-lm.sh
"$PYTHON" tests/bench/against_mlx_lm.py --ingot "$TARGET_DIR/release/ingot" --model "$model" "${@:2}"
