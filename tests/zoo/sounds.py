# SPDX-License-Identifier: GPL-2.0-or-later
"""Sound with a tone per channel and a beep at a known time: drawn here as WAV, read here from raw samples.

Each speaker has its own frequency, a multiple of 50 Hz, so that windows of 20 ms tell them apart
exactly. All channels are soft, and loud for BEEP seconds from the beep's start on.
"""
import array
import math
import operator
import struct

RATE = 48000
SOFT, LOUD, BEEP = 0.04, 0.4, 0.12
WINDOW = RATE // 50
TONES = {"FL": 500, "FR": 700, "FC": 900, "LFE": 100, "BL": 1100, "BR": 1300, "BC": 1500, "SL": 1700, "SR": 1900}
MASKS = {"FL": 1, "FR": 2, "FC": 4, "LFE": 8, "BL": 16, "BR": 32, "BC": 256, "SL": 512, "SR": 1024}
SPEAKERS = {
    "mono": ["FC"], "stereo": ["FL", "FR"], "2.1": ["FL", "FR", "LFE"], "3.0": ["FL", "FR", "FC"],
    "4.0": ["FL", "FR", "FC", "BC"], "quad": ["FL", "FR", "BL", "BR"], "5.0": ["FL", "FR", "FC", "BL", "BR"],
    "5.1": ["FL", "FR", "FC", "LFE", "BL", "BR"], "5.1(side)": ["FL", "FR", "FC", "LFE", "SL", "SR"],
    "6.1": ["FL", "FR", "FC", "LFE", "BC", "SL", "SR"], "7.1": ["FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"],
}


def waves(frequency, second, peak):
    """One period of a tone at both levels. `second` makes the tones of a second track differ."""
    count = RATE // math.gcd(RATE, frequency + second)
    tone = [math.sin(2 * math.pi * (frequency + second) * n / RATE) for n in range(count)]
    return [array.array("f", [level * v for v in tone]) for level in (SOFT, peak)]


def channel(frequency, seconds, beeps, second, peak):
    """One channel: soft, and loud for BEEP seconds from each beep on."""
    soft, loud = waves(frequency, second, peak)
    total = round(seconds * RATE)
    times = total // len(soft) + 1
    samples, all_loud = (soft * times)[:total], (loud * times)[:total]
    for beep in beeps:
        start, end = round(beep * RATE), round((beep + BEEP) * RATE)
        samples[start:end] = all_loud[start:end]
    return samples


def write_wav(path, layout, seconds, beeps, second=0, peak=LOUD):
    """A WAV of 32-bit floats with its channel mask; `second`: Hz that are added to every tone."""
    speakers = SPEAKERS[layout]
    channels = [channel(TONES[s], seconds, beeps, second, peak) for s in speakers]
    count = len(speakers)
    data = array.array("f", bytes(4 * count * len(channels[0])))
    for n, samples in enumerate(channels):
        data[n::count] = samples
    mask = sum(MASKS[s] for s in speakers)
    guid = struct.pack("<H", 3) + bytes.fromhex("000000001000800000aa00389b71")
    header = struct.pack("<HHIIHHHHI", 0xFFFE, count, RATE, RATE * count * 4, count * 4, 32, 22, 32, mask) + guid
    body = data.tobytes()
    with open(path, "wb") as file:
        file.write(b"RIFF" + struct.pack("<I", 4 + 8 + len(header) + 8 + len(body)) + b"WAVE")
        file.write(b"fmt " + struct.pack("<I", len(header)) + header)
        file.write(b"data" + struct.pack("<I", len(body)) + body)


class Samples:
    """Decoded sound: interleaved 32-bit floats."""

    def __init__(self, data, channels):
        self.channels = channels
        values = array.array("f")
        values.frombytes(data[:len(data) // (4 * channels) * 4 * channels])
        self.tracks = [values[n::channels] for n in range(channels)]

    def __len__(self):
        return len(self.tracks[0]) if self.tracks else 0

    def peak(self):
        return max((max(max(t), -min(t)) for t in self.tracks if len(t)), default=0.0)

    def beep_start(self, first=0, last=None):
        """Index of the first loud sample in any channel but the slow LFE, or None."""
        found = []
        for track in self.tracks:
            top = max(max(track[first:last], default=0), 0.0)
            if top > 3 * SOFT and (at := first_above(track, 0.35 * top, first, last)) is not None:
                found.append(at)
        return min(found) if found else None

    def speaker_of(self, number, at, second=0):
        """The speaker whose tone is the loudest in a channel, in a window from index `at` on. None: silence."""
        part = self.tracks[number][at:at + WINDOW]
        if len(part) < WINDOW or max(part) < 0.004:
            return None
        power = {name: level(part, tone + second) for name, tone in TONES.items()}
        best = max(power, key=power.get)
        others = sum(power.values()) - power[best]
        return best if power[best] > 2 * others else "mixed"

    def silent_spans(self, shortest=0.05, below=0.005):
        """Spans (start, end) in samples in which every channel is silent."""
        step = RATE // 200
        quiet = [all(max(t[n:n + step]) < below and min(t[n:n + step]) > -below for t in self.tracks)
                 for n in range(0, len(self) - step + 1, step)]
        spans, start = [], None
        for n, value in enumerate(quiet + [False]):
            if value and start is None:
                start = n
            elif not value and start is not None:
                if (n - start) * step >= shortest * RATE:
                    spans.append((start * step, n * step))
                start = None
        return spans


def first_above(track, threshold, first=0, last=None):
    """Index of the first sample above a threshold; looks block by block, which is fast."""
    end = len(track) if last is None else min(last, len(track))
    for block in range(first, end, 240):
        part = track[block:min(block + 240, end)]
        if part and (max(part) > threshold or min(part) < -threshold):
            return block + next(n for n, v in enumerate(part) if abs(v) > threshold)
    return None


def level(part, frequency):
    """Power of one frequency in a window."""
    wave = WAVES.get(frequency)
    if wave is None:
        angles = [2 * math.pi * frequency * n / RATE for n in range(WINDOW)]
        wave = WAVES[frequency] = [math.sin(a) for a in angles], [math.cos(a) for a in angles]
    return sum(sum(map(operator.mul, part, w)) ** 2 for w in wave)


WAVES = {}
