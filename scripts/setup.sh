#!/usr/bin/env bash
# Makes a fresh machine ready to build Ingot: system packages, MLX, npm packages.
# Run by make before everything else; what is there already is left alone.
source "$(dirname "$0")/common.sh"

have cargo || stop "Rust is not installed (no 'cargo')" "install it from https://rustup.rs, then run make again"
have node || stop "Node is not installed (no 'node')" "install Node 20 or later, then run make again"
node -e 'process.exit(+process.versions.node.split(".")[0] >= 20 ? 0 : 1)' ||
  stop "Node $(node -v) is too old" "install Node 20 or later, then run make again"
have npm || stop "npm is not installed" "install the npm that belongs to your Node, then run make again"

case $(uname -s) in
  Linux)
    have python3 || stop "Python 3 is not installed" "install it (Debian: apt-get install python3), then run make again"
    scripts/system-packages.sh
    scripts/mlx-linux.sh
    ;;
  Darwin)
    xcrun --find metal >/dev/null 2>&1 ||
      stop "Xcode's Metal compiler is not installed" \
        "install Xcode and open it once; on macOS 26 also run 'xcodebuild -downloadComponent MetalToolchain'"
    have cmake || stop "CMake is not installed" "install it (brew install cmake), then run make again"
    ;;
  *) stop "Ingot does not build on $(uname -s)" "use macOS 14 or later, or Linux" ;;
esac

stamp=ui/node_modules/.installed
if [ ! -e "$stamp" ] || [ ui/package-lock.json -nt "$stamp" ]; then
  say "Installing the UI's npm packages"
  (cd ui && npm ci --no-audit --no-fund --loglevel=error)
  touch "$stamp"
fi
