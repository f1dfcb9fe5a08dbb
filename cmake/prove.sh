#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The long proofs, for which CI has no time. Each prints counts and ends with an error where something broke.
#   prove.sh damage [FILES [SEED]]    damaged video files through the real pool (1000); $HEVCPOOL_MEDIA: a folder of
#                                     real ones to damage; $HEVCPOOL_FUZZ_KEEP: where those that crash a worker go
#   prove.sh kill [ROUNDS [SEED]]     kill -9 of host, supervisor or worker at random moments (200)
#   prove.sh faults                   every fault at every call, and a crash at every call of a commit
#   prove.sh fuzz [SECONDS]           each fuzz target with libFuzzer (60); needs clang
#   prove.sh valgrind                 memory and descriptors of one encode
#   prove.sh sandbox [PAIRS]          what confinement costs
#   prove.sh repeat [ROUNDS [ALL]]    unit and process tests (20 rounds), then all tests (5), while every core is kept busy
#   prove.sh zoo [ITEMS [SEED]]       small media of all kinds, checked by other tools (1000); --item N [--keep FOLDER]: one of them
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
build() {  # PRESET TARGET...
  preset=$1
  shift
  cmake --preset "$preset" > /dev/null
  cmake --build "build/$preset" --target "$@" -- --quiet
}
case ${1:-} in
  damage)
    build dev media_fuzz_tests
    test=DamagedGeneratedClips
    [ -z "${HEVCPOOL_MEDIA:-}" ] || test=DamagedRealClips
    HEVCPOOL_FUZZ_FILES=${2:-1000} HEVCPOOL_FUZZ_SEED=${3:-1} \
      exec build/dev/tests/fuzz/media_fuzz_tests --gtest_filter="MediaFuzzTest.$test" ;;
  kill)
    build dev e2e_tests
    HEVCPOOL_KILL_ROUNDS=${2:-200} HEVCPOOL_KILL_SEED=${3:-1} \
      exec build/dev/tests/e2e/e2e_tests --gtest_filter='KillTest.NothingIsLost*' ;;
  faults)
    build dev fault_tests
    HEVCPOOL_FAULTS=all exec build/dev/tests/faults/fault_tests ;;
  fuzz)
    build fuzz fuzz_targets
    for target in build/fuzz/tests/fuzz/fuzz_*; do
      [ -x "$target" ] && [ -f "$target" ] || continue
      name=$(basename "$target")
      seeds=tests/fuzz/corpus/${name#fuzz_} found=build/fuzz/corpus/${name#fuzz_}
      mkdir -p "$found"
      echo "== $name"
      ASAN_OPTIONS=detect_leaks=0 "$target" -max_total_time="${2:-60}" -timeout=20 -rss_limit_mb=4096 -print_final_stats=1 \
        -artifact_prefix="build/fuzz/$name-" "$found" "$seeds" > "build/fuzz/$name.log" 2>&1 ||
        { tail -40 "build/fuzz/$name.log"; exit 1; }
      grep -E 'DONE|stat::number_of_executed_units' "build/fuzz/$name.log"
    done ;;
  valgrind)
    build dev hevcpool_program
    exec tests/valgrind.sh build/dev/bin/hevcpool ;;
  sandbox)
    build dev sandbox_bench
    build release hevcpool_program
    build/dev/tests/sandbox/sandbox_bench 300
    exec tests/sandbox/throughput.py build/release/bin/hevcpool "${2:-7}" ;;
  repeat)
    build dev all
    busy=
    trap 'kill $busy 2> /dev/null' EXIT
    for _ in $(seq "$(nproc)"); do
      (while :; do :; done) &
      busy="$busy $!"
    done
    round() {
      ctest --preset dev -j "$(nproc)" "$@" > build/repeat.log 2>&1 && code=0 || code=1
      grep -E 'tests passed|\((Failed|Timeout)\)' build/repeat.log
      return $code
    }
    failed=0
    for n in $(seq "${2:-20}"); do echo "unit and process, round $n"; round -L 'unit|process' || failed=1; done
    for n in $(seq "${3:-5}"); do echo "all, round $n"; round || failed=1; done
    exit $failed ;;
  zoo)
    build dev hevcpool_program
    shift
    case ${1:-} in --*) ;; *) set -- "${1:-1000}" --seed "${2:-1}" ;; esac
    exec python3 tests/zoo/zoo.py build/dev/bin/hevcpool "$@" ;;
  *)
    sed -n '3,/^set/s/^# \{0,1\}//p' "$0"
    exit 2 ;;
esac
