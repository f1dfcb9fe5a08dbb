#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Whether two builds of the program write the same bytes: both encode every file of a folder, with fixed cuts.
# Usage: same-bytes.sh OLD_HEVCPOOL NEW_HEVCPOOL FOLDER. Prints the outputs that differ, and counts; exit code 1 for any.
set -eu
[ $# = 3 ] || { sed -n '3,4s/^# //p' "$0"; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" encode "$3" -o "$work/old" --reencode --split 5 --preset ultrafast --quiet > "$work/old.log" 2>&1 || true
"$2" encode "$3" -o "$work/new" --reencode --split 5 --preset ultrafast --quiet > "$work/new.log" 2>&1 || true
(cd "$work" && find old new -type f | sed 's#^[a-z]*/##' | sort -u > names)
same=0 different=0
while IFS= read -r name; do
  if cmp -s "$work/old/$name" "$work/new/$name"; then
    same=$((same + 1))
  else
    different=$((different + 1))
    echo "differs: $name"
  fi
done < "$work/names"
echo "$same outputs are the same, $different differ"
[ "$different" = 0 ] && [ "$same" -gt 0 ]
