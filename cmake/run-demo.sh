#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs what is needed, builds a release and encodes the videos named, or, with none, a few clips that it makes
# itself. Usage: run-demo.sh [VIDEO...]; the results go to ./hevcpool-out (or $HEVCPOOL_OUT).
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
"$top/cmake/install-packages.sh" build
(cd "$top" && cmake --preset release && cmake --build --preset release --target hevcpool_program)
hevcpool=$top/build/release/bin/hevcpool
out=${HEVCPOOL_OUT:-$PWD/hevcpool-out}
if [ $# = 0 ]; then
  echo "No videos named: making a few clips in $out/samples"
  "$hevcpool" sample "$out/samples" > /dev/null
  set -- "$out/samples"
fi
code=0
"$hevcpool" encode --output "$out/encoded/" "$@" || code=$?
echo
echo "The results are in $out/encoded:"
find "$out/encoded" -type f -exec ls -lh {} + 2>/dev/null | awk '{ size = $5; $1=$2=$3=$4=$5=$6=$7=$8=""; sub(/^ +/, ""); print "  " size "\t" $0 }'
exit $code
