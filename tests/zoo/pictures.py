# SPDX-License-Identifier: GPL-2.0-or-later
"""Pictures that carry their own number: drawn here as raw planes, read here from decoded luma.

A picture is gray with 6x4 large cells in its middle, black or white. They hold 8 bits of a number
and 16 check bits, in an order without symmetry, so that one of the eight ways to hold the picture
(turned by quarters, mirrored) gives a number and the others give none. Lossy coding, scaling, and
cropping of the margin do not hurt a cell, of which only the middle is looked at.
"""
import random

COLUMNS, ROWS = 6, 4
MARGIN = 8  # the margin is 1/8 of a side
BLACK, GRAY, WHITE = 48, 112, 208  # 8-bit code values; the same for every range
CHROMA = (112, 140)  # Cb and Cr of all pixels
ORDER = random.Random("cells").sample(range(24), 24)
# Name of an orientation: what was done to the upright picture. Turns are clockwise.
ORIENTATIONS = ["0", "90", "180", "270", "hflip", "hflip90", "hflip180", "hflip270"]


def code_of(number):
    """The 24 bits of a number, by cell."""
    check = (number * 40503 + 0x5A3C) ^ (number * 7919 >> 3)
    word = number << 16 | check & 0xFFFF
    return [word >> bit & 1 for bit in ORDER]


NUMBERS = {tuple(code_of(n)): n for n in range(256)}


def row_of(number, width, y, height):
    """One row of luma, 8 bits."""
    top, cell = height // MARGIN, (height - 2 * (height // MARGIN)) / ROWS
    row = int((y - top) // cell)
    if not 0 <= row < ROWS:
        return bytes([GRAY]) * width
    left, wide = width // MARGIN, (width - 2 * (width // MARGIN)) / COLUMNS
    bits = code_of(number)[row * COLUMNS:(row + 1) * COLUMNS]
    edges = [left + round(n * wide) for n in range(COLUMNS + 1)]
    line = bytes([GRAY]) * left
    for n, bit in enumerate(bits):
        line += bytes([WHITE if bit else BLACK]) * (edges[n + 1] - edges[n])
    return line + bytes([GRAY]) * (width - edges[-1])


def luma_rows(numbers, width, height):
    """The rows of a picture. Two numbers: one for the even lines, one for the odd ones."""
    seen = {}
    for y in range(height):
        number = numbers[y % len(numbers)]
        key = number, row_key(y, height)
        if key not in seen:
            seen[key] = row_of(number, width, y, height)
        yield seen[key]


def row_key(y, height):
    top = height // MARGIN
    return int((y - top) // ((height - 2 * top) / ROWS)) if top <= y < height - top else -1


class Format:
    """A raw pixel format that this module can draw: chroma steps and bytes of a sample."""
    SHAPES = {"420": (2, 2), "422": (2, 1), "444": (1, 1)}

    def __init__(self, pixels):
        self.gray, self.rgb = pixels == "gray", pixels == "rgb"
        self.depth = 10 if pixels.endswith("p10") else 12 if pixels.endswith("p12") else 8
        shape = "420" if pixels == "full420" else "444" if self.gray or self.rgb else pixels[3:6]
        self.steps = self.SHAPES[shape]
        self.raw = {"full420": "yuv420p", "rgb": "rgb24"}.get(pixels, pixels + ("le" if self.depth > 8 else ""))

    def widen(self, data):
        """8-bit values in the format's depth."""
        if self.depth == 8:
            return data
        table = [(v << self.depth - 8).to_bytes(2, "little") for v in range(256)]
        return b"".join([table[v] for v in data])

    def picture(self, numbers, width, height):
        rows = {}
        luma = []
        for row in luma_rows(numbers, width, height):
            if row not in rows:
                rows[row] = b"".join(bytes([v]) * 3 for v in row) if self.rgb else self.widen(row)
            luma.append(rows[row])
        if self.gray or self.rgb:
            return b"".join(luma)
        count = -(-width // self.steps[0]) * -(-height // self.steps[1])
        return b"".join(luma) + b"".join(self.widen(bytes([value])) * count for value in CHROMA)


def turned_size(orientation, width, height):
    return (height, width) if orientation.endswith(("90", "270")) and orientation != "hflip180" else (width, height)


def where(orientation, x, y):
    """Where a place of the upright picture (0 to 1 each way) lies in the turned one."""
    if orientation.startswith("hflip"):
        x = 1 - x
        orientation = orientation[5:] or "0"
    return {"0": (x, y), "90": (1 - y, x), "180": (1 - x, 1 - y), "270": (y, 1 - x)}[orientation]


def cell_places(orientation, shown):
    """Centres of the cells, in parts of the turned picture; `shown`: the part (x0, y0, x1, y1) that is left."""
    margin = 1 / MARGIN
    x0, y0, x1, y1 = shown
    for row in range(ROWS):
        for column in range(COLUMNS):
            x = margin + (1 - 2 * margin) * (column + 0.5) / COLUMNS
            y = margin + (1 - 2 * margin) * (row + 0.5) / ROWS
            yield where(orientation, (x - x0) / (x1 - x0), (y - y0) / (y1 - y0))


class Reader:
    """Reads numbers from pictures of one size. The orientation is found at the first picture and kept."""

    def __init__(self, width, height, wide_samples=False, shown=(0, 0, 1, 1)):
        self.width, self.height, self.shown = width, height, shown
        self.bytes = 2 if wide_samples else 1
        self.orientation, self.places = None, {}

    def _places(self, orientation, step):
        key = orientation, step
        if key not in self.places:
            self.places[key] = [self._place(x, y, step) for x, y in cell_places(orientation, self.shown)]
        return self.places[key]

    def _place(self, x, y, step):
        """The samples around a centre: start of each of three rows of five samples; rows of one field if step is 2."""
        column = min(max(int(x * self.width) - 2, 0), self.width - 5)
        line = min(max(int(y * self.height) - step, 0), self.height - 1 - 2 * step)
        return [((line + n * step), column) for n in range(3)]

    def read(self, luma, depth=8, field=None):
        """The number in a picture, or in one of its fields (0: even lines, 1: odd ones). None: no number."""
        wanted = [self.orientation] if self.orientation else ORIENTATIONS
        for orientation in wanted:
            number = self._read_as(luma, depth, field, orientation)
            if number is not None:
                self.orientation = orientation
                return number
        return None

    def _read_as(self, luma, depth, field, orientation):
        middle = (BLACK + WHITE) / 2 * (1 << depth - 8) * 15
        step = 1 if field is None else 2
        bits = []
        for place in self._places(orientation, step):
            total = 0
            for line, column in place:
                if field is not None:
                    line = line // 2 * 2 + field
                start = (line * self.width + column) * self.bytes
                total += sum_of(luma[start:start + 5 * self.bytes], self.bytes)
            bits.append(1 if total > middle else 0)
        return NUMBERS.get(tuple(bits))


def sum_of(data, size):
    if size == 1:
        return sum(data)
    return sum(data[::2]) + 256 * sum(data[1::2])


def combine(first, second):
    """The orientation of a picture held as `first` and then held as `second`."""
    probe = [(0.1, 0.2), (0.7, 0.3)]
    result = [where(second, *where(first, x, y)) for x, y in probe]
    for name in ORIENTATIONS:
        if all(abs(a - b) < 1e-9 for p, q in zip(probe, result) for a, b in zip(where(name, *p), q)):
            return name
    raise ValueError((first, second))
