#!/usr/bin/env bash
# Holds the kernels of this CPU against the scalar ones, and those of 64-bit ARM too, by emulation, where the packages for
# it are installed: an ARM CPU without dot products, one with them, and one with matrix products.
set -euo pipefail
cd "$(dirname "$0")"
kernels=../../Sources/CKernels
packages="libc6-dev-arm64-cross libgcc-12-dev-arm64-cross qemu-user"

# The compiler of the Swift toolchain, which builds the kernels of the package too.
clang=$(dirname "$(readlink -f "$(command -v "${SWIFT:-swift}")")")/clang
if [ ! -x "$clang" ]; then clang=clang; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build() { # build PROGRAM OPTION...
  local program=$1
  shift
  "$clang" -std=gnu17 -O2 -Wall -Wextra -Werror "$@" -I "$kernels/include" kernels_test.c "$kernels"/*.c -o "$program" -lm
}

echo "kernels of this CPU"
build "$work/native"
"$work/native"

emulator=$(command -v qemu-aarch64 qemu-aarch64-static | head -n 1 || true)
if [ "$(uname -m)" = aarch64 ] || [ "$(uname -m)" = arm64 ]; then exit; fi
if [ -z "$emulator" ] || [ ! -d /usr/aarch64-linux-gnu/include ] || [ ! -d /usr/lib/gcc-cross/aarch64-linux-gnu ]; then
  echo "kernels of ARM are passed over: they need the packages $packages"
  exit
fi
build "$work/arm" --target=aarch64-linux-gnu -fuse-ld=lld -static
for cpu in cortex-a57 neoverse-n1 max; do
  echo "kernels of ARM, on an emulated $cpu"
  "$emulator" -cpu "$cpu" "$work/arm"
done
