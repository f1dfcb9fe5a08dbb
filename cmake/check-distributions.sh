#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Follows the README on each Debian suite named, in a folder of its own: the demo, then all tests. One line for each;
# exit code 1 when one of them fails. Needs root, debootstrap and the network.
# Usage: check-distributions.sh [--roots FOLDER] [SUITE...]      (default: bookworm trixie forky)
# FOLDER keeps the roots and the logs, and what is in it is used again; otherwise a temporary one is removed at the end.
# HEVCPOOL_MEDIA=FOLDER: real clips for the tests labelled media.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/cmake/debian-root.sh"
if [ "${1:-}" = --roots ]; then
  mkdir -p "$2"
  roots=$(cd "$2" && pwd)
  shift 2
else
  roots=$(mktemp -d)
  trap 'rm -rf --one-file-system "$roots"' EXIT
fi
[ $# -gt 0 ] || set -- bookworm trixie forky

# What the suite has, as "FFmpeg 7.1.5, x265 4.1, oneTBB 2022.1.0, g++ 14".
# shellcheck disable=SC2016  # for the root's shell
versions='version() { dpkg-query -W -f "\${Version}" "$1" 2> /dev/null | sed "s/^[0-9]*://; s/[-+].*//"; }
  printf "FFmpeg %s, x265 %s, oneTBB %s, g++ %s" "$(version libavcodec-dev)" "$(version libx265-dev)" \
    "$(version libtbb-dev)" "$(g++ -dumpversion)"'

# check SUITE: its line on standard output, everything else in its log.
check() {
  root=$roots/$1 log=$roots/$1.log begun=$(date +%s)
  outcome=failed
  { make_root "$1" "$root" && copy_tree "$top" "$root/hevcpool" &&
    in_root "$root" 'cd /hevcpool && cmake/run-demo.sh && cmake/run-tests.sh'; } > "$log" 2>&1 < /dev/null && outcome=passed
  counts=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
  have=$(in_root "$root" "$versions" 2> /dev/null || true)
  printf '%s: %s: %s (%s; %d min)\n' "$1" "$outcome" "${counts:-no test ran}" "${have:-nothing installed}" \
    $((($(date +%s) - begun + 59) / 60))
  [ "$outcome" = passed ] || { grep '^FAILED' "$log" || tail -n 20 "$log"; } >&2
  [ "$outcome" = passed ]
}

code=0
for suite in "$@"; do
  check "$suite" || code=1
done
exit $code
