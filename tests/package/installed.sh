#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs a build into an empty folder and builds the README's example against it in another: by find_package, shared
# and static, and by pkg-config. Usage: installed.sh BUILD SOURCE COMPILER
set -eu
build=$1 source=$2 compiler=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
DESTDIR=$work/root cmake --install "$build" > "$work/log" || { cat "$work/log"; exit 1; }
prefix=$work/root$(sed -n 's/^CMAKE_INSTALL_PREFIX:PATH=//p' "$build/CMakeCache.txt")
for kind in shared static; do
  mkdir "$work/$kind"
  cp "$source/tests/package/consumer/CMakeLists.txt" "$work/$kind"
  cp "$build/tests/cli/readme_example.cpp" "$work/$kind/example.cpp"
  cmake -S "$work/$kind" -B "$work/$kind/build" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$compiler" \
    -DEXAMPLE=example.cpp -DSTATIC="$([ $kind = static ] && echo ON || echo OFF)" > "$work/log" || { cat "$work/log"; exit 1; }
  cmake --build "$work/$kind/build" > "$work/log" || { cat "$work/log"; exit 1; }
  "$work/$kind/build/consumer" > "$work/said"  # no files: starts its pool and ends it
done
needs=$(ldd "$work/shared/build/consumer" | grep -c 'libhevcpool\.so\.2 => ' || true)
[ "$needs" = 1 ] || { echo "the shared example does not need libhevcpool.so.2"; exit 1; }
! ldd "$work/static/build/consumer" | grep -q libhevcpool || { echo "the static example needs the shared library"; exit 1; }
pc=$(find "$prefix" -name hevcpool.pc)
# shellcheck disable=SC2046  # words
PKG_CONFIG_PATH=$(dirname "$pc") sh -c "'$compiler' -std=c++20 '$work/shared/example.cpp' -o '$work/by-pc' \
  \$(pkg-config --cflags --libs hevcpool) -Wl,-rpath,\$(pkg-config --variable=libdir hevcpool)"
"$work/by-pc"
PKG_CONFIG_PATH=$(dirname "$pc") sh -c "'$compiler' -std=c++20 '$work/shared/example.cpp' -o '$work/by-pc-static' \
  \$(pkg-config --cflags hevcpool) -L\$(pkg-config --variable=libdir hevcpool) -l:libhevcpool.a \
  \$(pkg-config --libs \$(pkg-config --print-requires-private hevcpool))"
! ldd "$work/by-pc-static" | grep -q libhevcpool || { echo "the archive was not used"; exit 1; }
"$work/by-pc-static"
"$prefix/bin/hevcpool" --version
for page in "$prefix"/share/man/man*/*; do
  [ -s "$page" ] || { echo "$page is empty"; exit 1; }
  ! command -v mandoc > /dev/null || mandoc -T lint -W error "$page"
done
