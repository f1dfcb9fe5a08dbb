# SPDX-License-Identifier: GPL-2.0-or-later
"""Words for people: a line per wrong item with how to see it again, and the counts at the end."""
import collections

from dimensions import DIMENSIONS


def describe(item):
    """Only what is not plain."""
    return " ".join(f"{name}={item[name]}" for name, values in DIMENSIONS.items()
                    if item[name] != values[0] or name in ("container", "codec", "operation", "output"))


def long(verdict):
    lines = [describe(verdict.item), " ".join(verdict.command)]
    lines += [f"WRONG {fact}: got {got}, right {right}" for fact, got, right in verdict.problems]
    lines += [f"named {fact}: {warning}" for fact, warning in verdict.named]
    if verdict.fault:
        lines.append("FAULT OF THE ZOO: " + verdict.fault)
    return "\n".join(lines)


class Counts:
    """Counts verdicts and prints those that are wrong as they come."""

    def __init__(self, seed, lines=None, known=()):
        """`known`: numbers of items that are known to be wrong. One of them that is right is an error, too."""
        self.known, self.wrong_numbers, self.mended = set(known), [], []
        self.seed, self.right, self.wrong, self.faults, self.named = seed, 0, 0, 0, 0
        self.facts = collections.Counter()
        self.file = open(lines, "w", encoding="utf-8") if lines else None

    def add(self, number, verdict):
        line = None
        if verdict.fault:
            self.faults += 1
            line = f"FAULT {number}: {verdict.fault.strip().splitlines()[-1][:300]} | {describe(verdict.item)}"
        elif verdict.wrong:
            self.wrong += 1
            self.wrong_numbers.append(number)
            self.facts.update({fact for fact, *_ in verdict.problems})
            said = "; ".join(f"{fact}: got {got}, right {right}" for fact, got, right in verdict.problems)
            line = f"WRONG {number}: {said} | {describe(verdict.item)} | again: cmake/prove.sh zoo --item {number} --seed {self.seed}"
        else:
            self.right += 1
            self.mended += [number] if number in self.known else []
            self.named += bool(verdict.named)
        if line:
            print(line, flush=True)
        if self.file:
            print(line or f"right {number}: {'; '.join(f'{f}: {w}' for f, w in verdict.named)}", file=self.file, flush=True)

    def finish(self):
        for fact, count in self.facts.most_common():
            print(f"  {count:5} {fact}")
        total = self.right + self.wrong + self.faults
        print(f"{total} items of seed {self.seed}: {self.right} right ({self.named} with a named loss), {self.wrong} wrong, "
              f"{self.faults} that the zoo could not make or judge")
        news = [n for n in self.wrong_numbers if n not in self.known]
        if self.known:
            print(f"{len(self.known)} are known to be wrong; new: {news}; known, but right: {self.mended}")
        return 1 if news or self.mended or self.faults else 0
