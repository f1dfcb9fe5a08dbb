#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the Debian package, installs it on a fresh Debian 12 in a folder, runs it there, and builds the README's example
# against it in an empty folder. Needs root, debootstrap and the network. Usage: check-package.sh [FOLDER]
# An existing FOLDER with a Debian in it is used again.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
root=${1:-$(mktemp -d)/debian}
build=$top/build/package
cmake -S "$top" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/usr
cmake --build "$build"
(cd "$build" && rm -f ./*.deb && cpack -G DEB)
[ -x "$root/usr/bin/apt-get" ] || debootstrap --variant=minbase bookworm "$root"
trap 'umount "$root/proc" 2> /dev/null || true' EXIT
mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
cp "$build"/*.deb "$root/tmp/hevcpool.deb"
mkdir -p "$root/tmp/empty"
cp "$top/tests/package/consumer/CMakeLists.txt" "$root/tmp/empty"
cp "$top/tests/examples/thumbnail_server.cpp" "$root/tmp/empty"
cat > "$root/tmp/check" << 'CHECK'
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -y -q --no-install-recommends /tmp/hevcpool.deb
hevcpool --version
hevcpool doctor || true
rm -rf /tmp/clips
hevcpool sample --short --count 2 /tmp/clips
hevcpool encode --preset ultrafast /tmp/clips
hevcpool thumbnail /tmp/clips/sample-1.mp4
apt-get install -y -q --no-install-recommends g++ cmake make
cd /tmp/empty
cmake -B build -DEXAMPLE=thumbnail_server.cpp
cmake --build build
build/consumer 1000 /tmp/clips/sample-1.mp4 /tmp/clips/sample-2.mp4
apt-get remove -y -q hevcpool
[ ! -e /usr/bin/hevcpool ] && [ ! -e /usr/include/hevcpool ]
CHECK
chroot "$root" sh /tmp/check
echo "the package installs, runs and can be built against"
