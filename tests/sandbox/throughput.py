#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What confinement costs an encode: pairs of runs with and without it, in alternating order; medians of wall and CPU
time, and of the differences. Usage: throughput.py PROGRAM [PAIRS [CLIP]]"""
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

program = sys.argv[1]
pairs = int(sys.argv[2]) if len(sys.argv) > 2 else 7


def run(clip, folder, options):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.monotonic()
    subprocess.run([program, "encode", "-j", "1", "--split", "off", "--overwrite", "--quiet", *options, clip, "-o",
                    os.path.join(folder, "out.mkv")], check=True, stderr=subprocess.DEVNULL)
    wall = time.monotonic() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


with tempfile.TemporaryDirectory() as folder:
    clip = sys.argv[3] if len(sys.argv) > 3 else os.path.join(folder, "clip.mkv")
    if len(sys.argv) <= 3:
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=640x360:r=24", "-t", "3",
                        "-c:v", "mpeg4", "-q:v", "3", clip], check=True)
    free, confined = [], []
    for pair in range(pairs):
        both = [(confined, []), (free, ["--no-sandbox"])]
        for results, options in both if pair % 2 else reversed(both):
            results.append(run(clip, folder, options))
    for index, name in enumerate(["wall", "CPU"]):
        without = statistics.median(r[index] for r in free)
        with_it = statistics.median(r[index] for r in confined)
        more = statistics.median((c[index] - f[index]) / f[index] for c, f in zip(confined, free))
        print(f"{name}: without {without:.3f} s, confined {with_it:.3f} s, difference of a pair {100 * more:+.2f} % "
              f"(medians of {pairs} pairs)")
