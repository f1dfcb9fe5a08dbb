# SPDX-License-Identifier: GPL-2.0-or-later
"""From the values of an item to a recipe: when each picture is shown, when it beeps, what is said.

All that the checks expect comes from here, never from what a tool reads. Times are seconds from the
moment at which picture 0 would be shown without any late start.
"""
import dataclasses
from fractions import Fraction

import sounds
from dimensions import INTRA

SECONDS = 1.2
GOP = 12
HELD = Fraction(8, 10)       # how long a standing or last picture stays
GAP_AT, GAP = 0.8, 0.3       # where the sound has a gap, and how long
FRAMES = {"aac": 1024, "mp3": 1152, "mp2": 1152, "ac3": 1536, "opus": 960}  # samples of a packet
BEEP_AT, SECOND_BEEP = 0.5, 1.0
CUES = [(0.2, 0.65, "First <words>"), (0.75, 1.1, "Zweite Zeile Ωß")]
CHAPTERS = {
    "plain": [(0.0, 0.6, "Begin"), (0.6, 1.2, "Ende Ω")],
    "late_first": [(0.4, 0.8, "Second act"), (0.8, 1.2, "Third act")],
}


@dataclasses.dataclass
class Recipe:
    item: dict
    width: int
    height: int
    rate: Fraction
    times: list                 # when each picture is shown
    durations: list
    numbers: list               # per picture, the number of each field, in the order of the lines: top, bottom
    picture_start: float        # when the picture's clock starts in the file
    sound_start: float
    sound_length: float         # content; a gap comes on top of it
    beeps: list                 # times on the sound's clock, gap included
    loose: bool                 # the container's times are known within a picture only

    @property
    def interlaced(self):
        return self.item["fields"] != "progressive"

    @property
    def top_first(self):
        return self.item["fields"].startswith("top")

    @property
    def end(self):
        return float(self.times[-1] + self.durations[-1])

    def first_number(self, n):
        """The number that picture n shows first: of an interlaced one, that of its first field."""
        return self.numbers[n][0 if self.top_first or not self.interlaced else 1]

    @property
    def has_gap(self):
        return self.item["gap"] == "gap"


def make_recipe(item):
    width, height = map(int, item["size"].split("x"))
    rate = Fraction(item["rate"])
    count = min(max(round(rate * Fraction(SECONDS)), 14), 64)
    times, durations = clock(item["timing"], rate, count)
    numbers = picture_numbers(item["fields"], count)
    late = {"zero": (0, 0), "picture_late": (0.4, 0), "sound_late": (0, 0.3), "both_late": (2, 2)}[item["start"]]
    length = SECONDS if item["timing"] == "held_last" else max(float(times[-1] + durations[-1]), SECONDS)
    recipe = Recipe(item, width, height, rate, times, durations, numbers, late[0], late[1], length, [],
                    item["container"] in ("avi", "nut", "mxf", "mpg"))
    recipe.beeps = [BEEP_AT, SECOND_BEEP + (GAP if recipe.has_gap else 0)]
    return recipe


def clock(timing, rate, count):
    """Times and durations of the pictures."""
    step = 1 / rate
    times = [n * step for n in range(count)]
    if timing == "uneven":
        times = [t + (step / 2 if n % 3 == 1 else 0) for n, t in enumerate(times)]
    if timing == "standing":
        hold_after = count // 3
        times = [t + (HELD if n > hold_after else 0) for n, t in enumerate(times)]
    durations = [b - a for a, b in zip(times, times[1:])] + [step]
    if timing == "held_last":
        durations[-1] = held_steps(rate) * step
    return times, durations


def held_steps(rate):
    """How many steps a last picture that is held stays."""
    return round(HELD * rate)


def picture_numbers(fields, count):
    if fields == "progressive":
        return [(n,) for n in range(count)]
    first = 0 if fields.startswith("top") else 1
    return [(2 * n + (0 if first == 0 else 1), 2 * n + (1 if first == 0 else 0)) for n in range(count)]


def expression(recipe):
    """FFmpeg's expression for the time of picture N, in seconds."""
    step = f"({recipe.rate.denominator}/{recipe.rate.numerator})"
    if recipe.item["timing"] == "uneven":
        return f"(N+0.5*eq(mod(N,3),1))*{step}"
    if recipe.item["timing"] == "standing":
        return f"N*{step}+gt(N,{len(recipe.times) // 3})*{float(HELD)}"
    return f"N*{step}"


def key_pictures(recipe):
    """The pictures that start a GOP."""
    count = len(recipe.times)
    return list(range(count)) if recipe.item["codec"] in INTRA else list(range(0, count, GOP))


@dataclasses.dataclass
class Cut:
    """A range in seconds from the file's start, and the pictures that it holds."""
    start: float
    duration: float | None
    first: int
    last: int
    mid_picture: bool  # whether the start lies clearly inside of a picture


def choose_cut(recipe, file_start):
    """A range of an item; `file_start`: the file's first time, on the recipe's clock."""
    kind = recipe.item["cut"]
    count = len(recipe.times)
    standing = recipe.item["timing"] == "standing"
    first = count // 3 if standing and kind == "middle" else count // 4 + 1
    last = count - 1 if kind == "to_end" else min(count - 3, first + count // 2)
    part = Fraction(1, 2) if kind == "middle" else Fraction(1, 4)
    at = recipe.times[first] + part * min(recipe.durations[first], HELD)
    until = recipe.times[last] + recipe.durations[last] / 2
    start = round(float(at) - file_start, 4)
    length = None if kind == "to_end" else round(float(until - at), 4)
    return Cut(start, length, first, last, recipe.durations[first] > Fraction(1, 5) and kind == "middle")


def speakers(recipe):
    return sounds.SPEAKERS[recipe.item["layout"]]
