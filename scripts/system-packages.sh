#!/usr/bin/env bash
# Installs the Debian packages that building and testing need, if any is missing.
source "$(dirname "$0")/common.sh"

packages=(
  build-essential cmake pkg-config libfmt-dev bindgen libclang-dev clang  # MLX's C interface and its Rust bindings
  libwebkit2gtk-4.1-dev libayatana-appindicator3-dev libdbus-1-dev       # the window
  xvfb dbus webkit2gtk-driver fonts-dejavu-core                          # end-to-end tests in a real window
  patchelf                                                               # the .deb
)
python3 -m pip --version >/dev/null 2>&1 || packages+=(python3-pip)

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

have apt-get || stop "these packages are missing: ${missing[*]}" \
  "install what your distribution calls them, then run make again"
say "Installing system packages: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
as_root apt-get update -qq
as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
  stop "apt-get could not install: ${missing[*]}" "install them by hand, then run make again"
