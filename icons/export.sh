#!/bin/sh
# Exports the icons from their SVG sources. Needs rsvg-convert (Debian librsvg2-bin)
# and png2icns (Debian icnsutils).
set -eu
cd "$(dirname "$0")"

draw() { rsvg-convert --width "$2" --height "$2" --format png --output "$3" "$1"; }

draw ingot.svg 32 32x32.png
draw ingot.svg 128 128x128.png
draw ingot.svg 256 128x128@2x.png
draw ingot.svg 512 icon.png
draw tray-template.svg 18 tray-template.png
draw tray-template.svg 36 tray-template@2x.png

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
draw ingot.svg 16 "$work/16.png"
draw ingot.svg 1024 "$work/1024.png"
png2icns icon.icns "$work/16.png" 32x32.png 128x128.png 128x128@2x.png icon.png "$work/1024.png"
