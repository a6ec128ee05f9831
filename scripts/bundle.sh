#!/usr/bin/env bash
# Makes what people install from release builds: Ingot.app and a disk image on macOS, a .deb on Linux.
# The workers lie beside the app; the demo model and MLX's kernels (macOS) or libraries (Linux) where programs look for them.
source "$(dirname "$0")/common.sh"

# Fetched when a bundle is made, and for nothing else.
readonly TAURI_CLI=2.12.5
stage=$TARGET_DIR/bundle-stage
triple=$(rustc -vV | sed -n 's/^host: //p')
demo=$TARGET_DIR/release/ingot-demo
rm -rf "$stage"
mkdir -p "$stage"

# Tauri takes programs by a name that ends in the target.
for program in ingot ingot-mlx; do
  cp "$TARGET_DIR/release/$program" "$stage/$program-$triple"
done

case $(uname -s) in
  Darwin)
    kernels=${MLX_RS_METAL_PATH:?make bundle sets it}/mlx.metallib
    [ -f "$kernels" ] || stop "MLX's kernels are not at $kernels" "run 'make clean' and 'make bundle' again"
    cat >"$stage/bundle.json" <<JSON
{ "bundle": { "externalBin": ["$stage/ingot", "$stage/ingot-mlx"],
    "resources": { "$kernels": "mlx.metallib", "$demo/": "ingot-demo/" } } }
JSON
    kinds=app,dmg
    ;;
  Linux)
    have patchelf || stop "patchelf is not installed" "run 'make setup', or install it (Debian: apt-get install patchelf)"
    # As in the wheel: libmlx.so finds its BLAS through a path relative to itself.
    libraries=$stage/lib
    mkdir -p "$libraries/mlx/lib"
    cp "$MLX_DIR/wheel/mlx/lib/libmlx.so" "$MLX_DIR/lib/libmlxc.so" "$libraries/mlx/lib/"
    cp -r "$MLX_DIR/wheel/mlx_cpu.libs" "$libraries/mlx_cpu.libs"
    patchelf --set-rpath '$ORIGIN' "$libraries/mlx/lib/libmlxc.so"
    patchelf --set-rpath '$ORIGIN/../lib/ingot/mlx/lib' "$stage/ingot-mlx-$triple"
    cp -R "$demo" "$libraries/"
    python3 - "$stage" <<'PY'
import json, pathlib, subprocess, sys

def needs(package):
    # What was linked here runs with the same or a later version.
    query = ["dpkg-query", "-W", "-f=${Version}", package]
    version = subprocess.run(query, capture_output=True, text=True, check=True).stdout
    return f"{package} (>= {version.split('-')[0]})"

stage = pathlib.Path(sys.argv[1])
files = {f"/usr/lib/ingot/{file.relative_to(stage / 'lib')}": str(file)
         for file in sorted((stage / "lib").rglob("*")) if file.is_file()}
deb = {"depends": [needs("libc6"), needs("libstdc++6")], "files": files}
config = {"bundle": {"externalBin": [str(stage / "ingot"), str(stage / "ingot-mlx")], "linux": {"deb": deb}}}
(stage / "bundle.json").write_text(json.dumps(config))
PY
    kinds=deb
    ;;
esac

say "Bundling ($kinds)"
npx --yes "@tauri-apps/cli@$TAURI_CLI" bundle --ci --bundles "$kinds" --config "$stage/bundle.json"
find "$TARGET_DIR/release/bundle" -name '*.deb' -o -name '*.dmg' -o -name '*.app' -prune | sed 's/^/Made /'
