#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs what is needed, builds everything with warnings as errors and runs the tests. Usage: run-tests.sh [PRESET...]
# Presets: dev (default; all tests), asan (all but the injected faults, whose injector is loaded before libc as a
# sanitizer wants to be), tsan (base, messages, pool, plan, and the library's API with real encodes and small jobs).
# On a busy machine a test that races the clock may lose once: it gets a second try, until `prove.sh repeat` has passed.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
"$top/cmake/install-packages.sh" build test
cd "$top"
[ $# -gt 0 ] || set -- dev
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
failed=0
export LSAN_OPTIONS="suppressions=$top/cmake/lsan.txt:print_suppressions=0"
for preset in "$@"; do
  echo "== $preset"
  cmake --preset "$preset" > "$logs/configure" || { cat "$logs/configure"; exit 1; }
  case $preset in
    tsan) targets='base_tests ipc_tests pool_unit_tests pool_process_tests plan_tests host_tests host_process_tests
      small_jobs_tests' select='-L unit|process -E ^unit/fuzz' ;;
    *) targets=all select= ;;
  esac
  # shellcheck disable=SC2086  # targets, word by word
  cmake --build --preset "$preset" --target $targets
  # shellcheck disable=SC2086  # options, word by word
  ctest --preset "$preset" $select --repeat until-pass:2 -j "$(nproc)" --output-junit "$logs/$preset.xml" || failed=1
done
# Last: which tests failed, and how many ran, over all presets.
for log in "$logs"/*.xml; do
  sed -n 's/^[[:space:]]*<testcase name="\([^"]*\)".* status="fail".*/FAILED ('"$(basename "$log" .xml)"'): \1/p' "$log"
done
for log in "$logs"/*.xml; do sed -n 's/^<testsuite\(.*\)$/&/p; s/^[[:space:]]*\(tests\|failures\|skipped\|disabled\)="\([0-9]*\)".*$/\1 \2/p' "$log"; done |
  awk '$1 == "tests" { all += $2 } $1 == "failures" { bad += $2 } $1 == "skipped" || $1 == "disabled" { not += $2 }
       END { printf "%d passed, %d failed%s\n", all - bad - not, bad, not ? ", " not " skipped" : "" }'
exit $failed
