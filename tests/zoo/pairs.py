# SPDX-License-Identifier: GPL-2.0-or-later
"""Chooses items so that any two values that can meet do meet in some item; then goes on at random.

The cover is greedy: an item starts with a pair that no item has yet, and every further dimension
takes the value that brings most new pairs. All choices are drawn from one seed.
"""
import itertools
import random

from dimensions import DIMENSIONS
from rules import allowed, allowed_with

NAMES = list(DIMENSIONS)


def pairs_of(item):
    """All pairs of (dimension, value) in an item."""
    return set(itertools.combinations(sorted(item.items()), 2))


def all_pairs():
    """All pairs that the rules do not exclude by themselves."""
    for a, b in itertools.combinations(sorted(NAMES), 2):
        for x, y in itertools.product(DIMENSIONS[a], DIMENSIONS[b]):
            if allowed({a: x, b: y}):
                yield ((a, x), (b, y))


def gain(chosen, name, value, missing):
    return sum(tuple(sorted(((name, value), other))) in missing for other in chosen.items())


def complete(chosen, order, missing, rng, tries):
    """Fills the open dimensions in order, best value first; goes back where nothing fits. None: no way."""
    if not order:
        return dict(chosen)
    name, rest = order[0], order[1:]
    values = [v for v in DIMENSIONS[name] if fits(chosen, name, v)]
    rng.shuffle(values)
    values.sort(key=lambda v: -gain(chosen, name, v, missing))
    for value in values:
        tries[0] -= 1
        if tries[0] < 0:
            return None
        chosen[name] = value
        found = complete(chosen, rest, missing, rng, tries)
        if found:
            return found
        del chosen[name]
    return None


def fits(chosen, name, value):
    chosen[name] = value
    try:
        return allowed_with(chosen, name)
    finally:
        del chosen[name]


def order_for(chosen, rng):
    """Container and codec first, since most rules look at them; the rest at random."""
    first = [name for name in ("container", "codec", "pixels", "audio") if name not in chosen]
    rest = [name for name in NAMES if name not in chosen and name not in first]
    rng.shuffle(rest)
    return first + rest


def cover(seed):
    """Yields items until every pair that can be had is in one of them."""
    rng = random.Random(seed)
    missing = set(all_pairs())
    queue = sorted(missing)
    rng.shuffle(queue)
    for pair in queue:
        if pair not in missing:
            continue
        item = None
        if allowed(dict(pair)):
            chosen = dict(pair)
            item = complete(chosen, order_for(chosen, rng), missing, rng, [600])
        missing.discard(pair)
        if item:
            missing -= pairs_of(item)
            yield item


def at_random(seed):
    """Yields items without end, each value drawn at random among those that fit; half of them plain."""
    rng = random.Random(f"random {seed}")
    while True:
        chosen = {}
        for name in order_for(chosen, rng):
            values = [v for v in DIMENSIONS[name] if fits(chosen, name, v)]
            plain = DIMENSIONS[name][0]
            chosen[name] = plain if plain in values and rng.random() < 0.4 else rng.choice(values) if values else plain
        if allowed(chosen):
            yield chosen


def stream(seed):
    """All items of a seed: the cover, then random ones without end."""
    return itertools.chain(cover(seed), at_random(seed))


def items(count, seed):
    """The first `count` items of a seed."""
    return list(itertools.islice(stream(seed), count))
