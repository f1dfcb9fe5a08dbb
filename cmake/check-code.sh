#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Static analysis of src: clang-tidy, by the settings in .clang-tidy, and cppcheck. Ends with an error where either
# finds something. Usage: check-code.sh [FILE...]; without files, all of them.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
"$top/cmake/install-packages.sh" build test check
cd "$top"
# Each file by itself, as analysers want them; the tests' build compiles several files as one.
cmake --preset dev -B build/check -DCMAKE_UNITY_BUILD=OFF > /dev/null
[ $# -gt 0 ] || set -- $(find src -name '*.cpp' | sort)
failed=0
echo "== cppcheck, $# files"
# System headers are no concern of ours.
nice cppcheck -j "$(nproc)" --quiet --std=c++20 --language=c++ --enable=warning,performance,portability \
  --inline-suppr --suppress=missingIncludeSystem --error-exitcode=1 -I src -I include "$@" || failed=1
echo "== clang-tidy, $# files"
printf '%s\n' "$@" | xargs -P "$(nproc)" -n 4 nice clang-tidy -p build/check --quiet --warnings-as-errors='*' \
  --extra-arg=-Wno-unknown-warning-option || failed=1
[ $failed = 0 ] && echo "nothing found in $# files" || echo "findings: see above"
exit $failed
