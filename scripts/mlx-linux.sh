#!/usr/bin/env bash
# Prepares MLX for Linux: the library from PyPI's wheels, mlx-c built against it from the sources
# that the mlx-sys crate carries, and a Cargo configuration that points mlx-sys to both.
# mlx-sys's own build script knows only Apple's linker; on macOS it runs as it is and this file is not used.
source "$(dirname "$0")/common.sh"

wheel=$MLX_DIR/wheel/mlx
if [ ! -e "$MLX_DIR/.ready" ]; then
  rm -rf "$MLX_DIR"
  mkdir -p "$MLX_DIR/download" "$MLX_DIR/wheel" "$MLX_DIR/lib" "$MLX_DIR/out"

  say "Fetching MLX $MLX_VERSION (wheels from PyPI)"
  python=python3
  python3 -m pip --version >/dev/null 2>&1 || python=/usr/bin/python3
  # The Python version only picks the wheel; its headers and CMake files are the same in all.
  "$python" -m pip download --quiet --no-deps --only-binary :all: --dest "$MLX_DIR/download" \
    --python-version 3.11 --implementation cp --abi cp311 --abi none \
    --platform "manylinux_2_35_$(uname -m)" "mlx==$MLX_VERSION" "mlx-cpu==$MLX_VERSION" ||
    stop "the wheels mlx and mlx-cpu $MLX_VERSION cannot be had from PyPI" "check the network, then run make again"
  python3 - "$MLX_DIR" <<'PY'
import pathlib, sys, zipfile
root = pathlib.Path(sys.argv[1])
for wheel in (root / "download").glob("*.whl"):
    zipfile.ZipFile(wheel).extractall(root / "wheel")
PY

  say "Building mlx-c against it"
  source=$(mlx_sys_dir)/src/mlx-c
  # gcc 12 has no std::format; fmt's is its model.
  cat >"$MLX_DIR/format.h" <<'H'
#pragma once
#if __has_include(<format>)
#include <format>
#else
#define FMT_HEADER_ONLY
#include <fmt/format.h>
namespace std { using fmt::format; }
#endif
H
  cmake -S "$source" -B "$MLX_DIR/build" -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=ON \
    -DMLX_C_USE_SYSTEM_MLX=ON -DMLX_C_BUILD_EXAMPLES=OFF -DCMAKE_PREFIX_PATH="$wheel" \
    -DCMAKE_CXX_FLAGS="-include $MLX_DIR/format.h" -DCMAKE_BUILD_RPATH="$wheel/lib" >"$MLX_DIR/mlx-c.log" 2>&1 &&
    cmake --build "$MLX_DIR/build" --parallel >>"$MLX_DIR/mlx-c.log" 2>&1 ||
    stop "mlx-c does not build" "read the end of $MLX_DIR/mlx-c.log"
  cp "$MLX_DIR/build/libmlxc.so" "$MLX_DIR/lib/"
  rm -rf "$MLX_DIR/build" "$MLX_DIR/download"

  {
    for header in "$source"/mlx/c/*.h; do echo "#include \"$header\""; done
  } >"$MLX_DIR/all.h"
  bindgen "$MLX_DIR/all.h" --size_t-is-usize --blocklist-function malloc --blocklist-function realloc \
    --output "$MLX_DIR/out/bindings.rs" -- -I"$source" ||
    stop "the bindings of mlx-c cannot be made" "check that bindgen and libclang work, then run make again"
  touch "$MLX_DIR/.ready"
fi

# Cargo wants absolute paths here, so this file is made and not committed.
config=.cargo/config.toml
wanted=$(cat <<EOF
# Made by scripts/mlx-linux.sh: stands in for mlx-sys's build script on Linux.
[target.$(uname -m)-unknown-linux-gnu.mlx]
rustc-link-search = ["native=$MLX_DIR/lib", "native=$wheel/lib"]
rustc-link-lib = ["dylib=mlxc", "dylib=mlx"]
rustc-env = { OUT_DIR = "$MLX_DIR/out" }
library_folders = "$MLX_DIR/lib:$wheel/lib"
EOF
)
if [ ! -e $config ] || [ "$(cat $config)" != "$wanted" ]; then
  mkdir -p .cargo
  printf '%s\n' "$wanted" >$config
fi
