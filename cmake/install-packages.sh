#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs the packages of cmake/packages.txt that are missing. Usage: install-packages.sh SECTION...
set -eu
list=$(dirname "$0")/packages.txt
wanted=
for section in "$@"; do
  wanted="$wanted $(sed -n "/^\[$section\]/,/^\[/p" "$list" | grep -v '^[[#]' || true)"
done
missing=
for package in $wanted; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
echo "installing:$missing"
root=
[ "$(id -u)" = 0 ] || root=sudo
$root apt-get update -q
# shellcheck disable=SC2086  # one word per package
$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
