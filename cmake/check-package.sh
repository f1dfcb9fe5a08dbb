#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the Debian package on a suite, installs it on a fresh one in another folder, runs it there, and builds the README's
# example against it in an empty folder. Needs root, debootstrap and the network.
# Usage: check-package.sh [--roots FOLDER] [SUITE]      (default: bookworm)
# FOLDER keeps the Debian on which the package is built, and what is in it is used again.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/cmake/debian-root.sh"
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
roots=$work
if [ "${1:-}" = --roots ]; then
  mkdir -p "$2"
  roots=$(cd "$2" && pwd)
  shift 2
fi
suite=${1:-bookworm}
builder=$roots/$suite user=$work/user
make_root "$suite" "$builder"
copy_tree "$top" "$builder/hevcpool"
in_root "$builder" 'cd /hevcpool
  cmake/install-packages.sh build package
  cmake -S . -B build/package -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/usr
  cmake --build build/package
  cd build/package
  rm -f ./*.deb
  cpack -G DEB'
make_root "$suite" "$user"
cp "$builder"/hevcpool/build/package/*.deb "$user/tmp/hevcpool.deb"
mkdir -p "$user/tmp/empty"
cp "$top/tests/package/consumer/CMakeLists.txt" "$user/tmp/empty"
cp "$top/tests/examples/thumbnail_server.cpp" "$user/tmp/empty"
cat > "$user/tmp/check" << 'CHECK'
apt-get update -q
apt-get install -y -q --no-install-recommends /tmp/hevcpool.deb
hevcpool --version
hevcpool doctor || true
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
in_root "$user" 'sh -eu /tmp/check'
echo "$suite: the package installs, runs and can be built against"
