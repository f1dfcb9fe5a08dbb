#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# One encode under valgrind, in host, supervisor and worker: no memory error, no leak but those of cmake/valgrind.txt,
# and no descriptor left open by the host. Usage: valgrind.sh PROGRAM
set -eu
program=$1
top=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ffmpeg -nostdin -v error -f lavfi -i testsrc2=s=64x48:r=25 -f lavfi -i sine=d=0.2 -t 0.2 -c:v mpeg4 -c:a aac "$folder/a.mp4"
# Confined workers cannot do what valgrind needs.
valgrind --quiet --leak-check=full --show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite \
  --suppressions="$top/cmake/valgrind.txt" --track-fds=yes --child-silent-after-fork=no --log-file="$folder/log.%p" \
  "$program" encode --no-sandbox -j 1 --preset ultrafast --timeout 500 "$folder/a.mp4" -o "$folder/out.mkv" &
host=$!
wait $host || { echo "the encode failed"; cat "$folder"/log.*; exit 1; }
failed=0
processes=0
for log in "$folder"/log.*; do
  processes=$((processes + 1))
  # Blocks end with an empty line. Descriptors count in the host alone, and there only those that it opened: the other
  # processes end with their channels open. Calls that valgrind does not know are its own affair.
  host_log=0
  [ "$log" != "$folder/log.$host" ] || host_log=1
  grep -v '^--' "$log" | sed -E 's/^==[0-9]+== ?//' | awk -v host=$host_log -v RS= '
    /FILE DESCRIPTORS/ { sub(/^[^\n]*\n?/, "") }
    /^Open / && (!host || /inherited from parent/) { next }
    NF { print $0 "\n" }' > "$log.errors"
  if [ -s "$log.errors" ]; then
    echo "== $log"
    cat "$log.errors"
    failed=1
  fi
done
echo "$processes processes"
[ $failed = 0 ] && echo "clean: no memory error, no leak, no descriptor left open"
exit $failed
