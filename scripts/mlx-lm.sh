# A Python environment with mlx-lm, to measure and to compare against; sourced, after common.sh.
# Sets PYTHON.

mlx_lm_environment=$TARGET_DIR/mlx-lm-$MLX_VERSION
if [ ! -e "$mlx_lm_environment/.ready" ]; then
  say "Making a Python environment with mlx-lm $MLX_VERSION, to compare with"
  python3 -m venv "$mlx_lm_environment"
  packages=("mlx==$MLX_VERSION" "mlx-lm==$MLX_VERSION")
  [ "$(uname -s)" = Linux ] && packages+=("mlx-cpu==$MLX_VERSION")
  "$mlx_lm_environment/bin/pip" install --quiet "${packages[@]}"
  touch "$mlx_lm_environment/.ready"
fi
PYTHON=$mlx_lm_environment/bin/python
