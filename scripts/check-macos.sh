#!/usr/bin/env bash
# Type-checks everything for macOS on a machine that is none. Nothing is linked: C compilers are stand-ins that
# make empty objects, and mlx-sys's build script is replaced by bindings made from its own headers.
# On macOS itself this is an ordinary cargo check.
source "$(dirname "$0")/common.sh"

target=aarch64-apple-darwin
packages=(--workspace --all-targets)
if [ "$(uname -s)" = Darwin ]; then
  exec cargo check --locked "${packages[@]}" "$@"
fi

installed() { [ -d "$(rustc --print sysroot)/lib/rustlib/$target" ]; }
installed || { have rustup && rustup target add $target >/dev/null 2>&1; } || true
if ! installed; then
  printf '\n\033[1;33m!!! SKIPPED: the type-check for macOS. The standard library for %s cannot be had\n    (rustup target add %s). Code behind cfg(target_os = "macos") is NOT checked.\033[0m\n\n' $target $target >&2
  exit 0
fi

stand_ins=$MLX_DIR/macos
mkdir -p "$stand_ins/out"
cat >"$stand_ins/cc" <<'SH'
#!/bin/sh
# Makes an empty object wherever one is asked for.
while [ $# -gt 0 ]; do
  case $1 in
    -o) shift; : >"$1" ;;
    -o*) : >"${1#-o}" ;;
    --version) echo "clang version 15.0.0" ;;
  esac
  shift
done
SH
cat >"$stand_ins/ar" <<'SH'
#!/bin/sh
# Makes an empty archive: the first argument that looks like one.
for argument in "$@"; do
  case $argument in *.a) : >"$argument"; exit 0 ;; esac
done
SH
chmod +x "$stand_ins/cc" "$stand_ins/ar"

if [ ! -e "$stand_ins/out/bindings.rs" ]; then
  source=$(mlx_sys_dir)/src/mlx-c
  # Half-precision accessors exist on macOS only; clang 14 wants the instructions named to know the type.
  bindgen "$MLX_DIR/all.h" --size_t-is-usize --blocklist-function malloc --blocklist-function realloc \
    --output "$stand_ins/out/bindings.rs" -- -I"$source"
fi

say "Type-checking for macOS ($target)"
CC_aarch64_apple_darwin=$stand_ins/cc CXX_aarch64_apple_darwin=$stand_ins/cc AR_aarch64_apple_darwin=$stand_ins/ar \
  cargo check --locked --target $target "${packages[@]}" \
  --config "target.$target.mlx.rustc-env.OUT_DIR='$stand_ins/out'" \
  --config "target.$target.mlx.rustc-link-lib=[]" "$@"
