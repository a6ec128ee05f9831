#!/usr/bin/env bash
# Measures Ingot against mlx-lm on the model in folder $1: same machine, same MLX, in turn.
source "$(dirname "$0")/common.sh"

model=${1:-}
[ -n "$model" ] || stop "no model is named" "run 'make bench MODEL=folder'"
environment=$TARGET_DIR/mlx-lm-$MLX_VERSION
if [ ! -e "$environment/.ready" ]; then
  say "Making a Python environment with mlx-lm $MLX_VERSION, to measure against"
  python3 -m venv "$environment"
  packages=("mlx==$MLX_VERSION" "mlx-lm==$MLX_VERSION")
  [ "$(uname -s)" = Linux ] && packages+=("mlx-cpu==$MLX_VERSION")
  "$environment/bin/pip" install --quiet "${packages[@]}"
  touch "$environment/.ready"
fi
"$environment/bin/python" tests/bench/against_mlx_lm.py --ingot "$TARGET_DIR/release/ingot" --model "$model" "${@:2}"
