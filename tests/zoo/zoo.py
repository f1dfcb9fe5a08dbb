#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The zoo: small media of all kinds through hevcpool, checked by tools that are not hevcpool.

    zoo.py PROGRAM COUNT [--seed N] [--jobs N] [--lines FILE]     COUNT items; one line per wrong one
    zoo.py PROGRAM --item NUMBER [--seed N] [--keep FOLDER]       one of them, with all that is known of it
    zoo.py --list COUNT [--seed N]                                what the items are

Exit code: 0 when all are right, 1 when any is wrong or could not be made, 2 for a wrong call.
"""
import argparse
import concurrent.futures
import itertools
import os
import sys
import time

import dimensions
import oracle
import pairs
import report


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", nargs="?")
    parser.add_argument("count", nargs="?", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--first", type=int, default=0, help="leave out the items before this one")
    parser.add_argument("--item", type=int)
    parser.add_argument("--keep")
    parser.add_argument("--lines", help="a file for all lines, the right items included")
    parser.add_argument("--known", help="a file with the numbers of items that are known to be wrong, one a line")
    parser.add_argument("--learn", help="writes such a file")
    parser.add_argument("--list", type=int)
    return parser.parse_args()


def judge_numbered(job):
    number, item, program = job
    return number, oracle.judge(item, program)


def run_all(options):
    chosen = list(enumerate(pairs.items(options.count, options.seed)))[options.first:]
    jobs = [(n, item, os.path.abspath(options.program)) for n, item in chosen]
    counts = report.Counts(options.seed, options.lines, read_known(options.known))
    with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        for number, verdict in pool.map(judge_numbered, jobs):
            counts.add(number, verdict)
    code = counts.finish()
    if options.learn:
        with open(options.learn, "w", encoding="utf-8") as file:
            file.write("# Items of seed 1 that are known to be wrong. Written by zoo.py --learn.\n")
            file.write("".join(f"{number}\n" for number in counts.wrong_numbers))
    return code


def read_known(path):
    """The numbers in a file; lines that begin with # are remarks."""
    if not path:
        return []
    with open(path, encoding="utf-8") as file:
        return [int(line) for line in file if line.strip() and not line.startswith("#")]


def run_one(options):
    item = next(itertools.islice(pairs.stream(options.seed), options.item, None))
    verdict = oracle.judge(item, os.path.abspath(options.program), options.keep)
    print(report.long(verdict))
    return 1 if verdict.wrong or verdict.fault else 0


def main():
    options = arguments()
    if options.list is not None:
        for n, item in enumerate(pairs.items(options.list, options.seed)):
            print(n, report.describe(item))
        return 0
    if not options.program or not os.access(options.program, os.X_OK):
        print("zoo.py: name the program to test", file=sys.stderr)
        return 2
    start = time.time()
    code = run_one(options) if options.item is not None else run_all(options)
    print(f"{time.time() - start:.0f} s, {sum(os.times()[:4]):.0f} CPU s")
    return code


if __name__ == "__main__":
    sys.exit(main())
