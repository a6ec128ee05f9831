# Shared by the other scripts: where things are, and how they speak.
# Source it; it changes to the repository's root.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly MLX_VERSION=0.32.2

# Everything built for this machine lives under Cargo's target folder, so that one
# CARGO_TARGET_DIR outside the clone keeps MLX as well as the crates.
TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
case $TARGET_DIR in /*) ;; *) TARGET_DIR=$PWD/$TARGET_DIR ;; esac
readonly TARGET_DIR
readonly MLX_DIR=$TARGET_DIR/mlx-$MLX_VERSION-$(uname -m)

say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }

# stop WHAT-IS-WRONG WHAT-TO-DO
stop() {
  printf 'error: %s\n       %s\n' "$1" "$2" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# as_root COMMAND…: directly as root, else through sudo.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif have sudo; then sudo "$@"
  else stop "'$1' needs root and there is no sudo" "run 'make setup' as root, or install sudo"
  fi
}

# The folder of mlx-sys's sources, which carry mlx-c.
mlx_sys_dir() {
  cargo metadata --format-version 1 --locked 2>/dev/null |
    python3 -c 'import json, os, sys
print(next(os.path.dirname(p["manifest_path"]) for p in json.load(sys.stdin)["packages"] if p["name"] == "mlx-sys"))'
}
