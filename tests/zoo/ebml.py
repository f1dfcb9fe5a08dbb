# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads Matroska and WebM files, whole, from RFC 9559. Shares nothing with libav or libmatroska."""
import struct

from tracks import Chapter, File, Packet, Track

SEGMENT, CLUSTER, GROUP, SIMPLE = 0x18538067, 0x1F43B675, 0xA0, 0xA3
MASTERS = {0x1A45DFA3, SEGMENT, CLUSTER, GROUP, 0x1549A966, 0x1654AE6B, 0xAE, 0xE0, 0xE1, 0x55B0, 0x55D0, 0x7670,
           0x1043A770, 0x45B9, 0xB6, 0x80, 0x1254C367, 0x7373, 0x63C0, 0x67C8, 0x1941A469, 0x61A7}
COLOUR = {0x55B1: "matrix", 0x55BB: "primaries", 0x55BA: "transfer", 0x55B9: "range"}
MASTERING = {0x55D1: "rx", 0x55D2: "ry", 0x55D3: "gx", 0x55D4: "gy", 0x55D5: "bx", 0x55D6: "by", 0x55D7: "wx",
             0x55D8: "wy", 0x55D9: "max", 0x55DA: "min"}
FLAGS = {0x88: "default", 0x55AA: "forced", 0x55AB: "impaired", 0x55AC: "visual", 0x55AF: "commentary", 0x55AE: "original"}
KINDS = {1: "video", 2: "audio", 17: "subtitle"}


def number_at(data, at, keep_marker):
    """A variable-length number: (value or None when unknown, bytes used)."""
    first = data[at]
    length = 9 - first.bit_length()
    raw = int.from_bytes(data[at:at + length], "big")
    if keep_marker:
        return raw, length
    value = raw & ((1 << 7 * length) - 1)
    return (None if value == (1 << 7 * length) - 1 else value), length


def elements(data, at, end, stop=()):
    """Yields (id, start, end) of the elements in a span. Of unknown size: to the span's end, or to a `stop` id."""
    while at < end - 1:
        name, used = number_at(data, at, True)
        size, more = number_at(data, at + used, False)
        start = at + used + more
        if name in stop:
            return
        finish = end if size is None else min(start + size, end)
        if size is None and name == CLUSTER:
            finish = end_of_cluster(data, start, end)
        yield name, start, finish
        at = finish


def end_of_cluster(data, at, end):
    """Where a cluster of unknown size ends: at the next element of the segment's level."""
    while at < end - 1:
        name, used = number_at(data, at, True)
        size, more = number_at(data, at + used, False)
        if name in (CLUSTER, 0x1C53BB6B, 0x1254C367, 0x1043A770, 0x1941A469):
            return at
        at += used + more + (size or 0)
    return end


class Element:
    """A parsed master element: `all(id)` gives its children, `uint(id)` and others their values."""

    def __init__(self, data, start, end):
        self.data, self.children = data, []
        for name, a, b in elements(data, start, end):
            self.children.append((name, Element(data, a, b) if name in MASTERS else (a, b)))

    def all(self, name):
        return [child for each, child in self.children if each == name]

    def one(self, name):
        return next(iter(self.all(name)), None)

    def bytes(self, name, default=None):
        span = self.one(name)
        return default if span is None else self.data[span[0]:span[1]]

    def uint(self, name, default=None):
        data = self.bytes(name)
        return default if data is None else int.from_bytes(data, "big")

    def float(self, name, default=None):
        data = self.bytes(name)
        if not data:
            return default
        return struct.unpack(">f" if len(data) == 4 else ">d", data)[0]

    def text(self, name, default=""):
        data = self.bytes(name)
        return default if data is None else data.split(b"\0")[0].decode("utf-8", "replace")


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    root = Element(data, 0, len(data))
    segment = root.one(SEGMENT)
    info = segment.one(0x1549A966)
    scale = (info.uint(0x2AD7B1, 1000000) if info else 1000000) / 1e9
    result = File("mkv")
    if info and info.float(0x4489) is not None:
        result.duration = info.float(0x4489) * scale
    if info and info.text(0x7BA9):
        result.tags["TITLE"] = info.text(0x7BA9)
    by_number = {}
    for entry in [e for t in segment.all(0x1654AE6B) for e in t.all(0xAE)]:
        track = read_track(entry)
        by_number[track.number] = track
        result.tracks.append(track)
    uids = {entry.uint(0x73C5): entry.uint(0xD7) for t in segment.all(0x1654AE6B) for entry in t.all(0xAE)}
    for cluster in segment.all(CLUSTER):
        read_cluster(data, cluster, by_number, scale)
    read_chapters(segment, result)
    read_tags(segment, result, uids)
    for attached in [a for g in segment.all(0x1941A469) for a in g.all(0x61A7)]:
        result.attachments.append((attached.text(0x466E), attached.text(0x4660), attached.bytes(0x465C, b"")))
    return result


def read_track(entry):
    track = Track(KINDS.get(entry.uint(0x83), "data"), entry.text(0x86), number=entry.uint(0xD7))
    track.language = entry.text(0x22B59C, "eng")
    track.tag47, track.title = entry.text(0x22B59D), entry.text(0x536E)
    track.flags = {name for key, name in FLAGS.items() if entry.uint(key, 1 if key == 0x88 else 0)}
    track.delay = entry.uint(0x56AA, 0) / 1e9
    if entry.uint(0x23E383):
        track.step = entry.uint(0x23E383) / 1e9
    if entry.one(0xE0):
        read_video(entry.one(0xE0), track)
    if sound := entry.one(0xE1):
        track.rate, track.channels = int(sound.float(0xB5, 8000)), sound.uint(0x9F, 1)
    return track


def read_video(video, track):
    width, height = video.uint(0xB0), video.uint(0xBA)
    left, right, top, bottom = (video.uint(key, 0) for key in (0x54CC, 0x54DD, 0x54BB, 0x54AA))
    track.size = width, height
    seen = width - left - right, height - top - bottom
    if seen != (width, height):
        track.crop = seen
    shown = video.uint(0x54B0, seen[0]), video.uint(0x54BA, seen[1])
    if video.uint(0x54B0) or video.uint(0x54BA):
        track.aspect = shown[0] / shown[1] * seen[1] / seen[0]
    if video.uint(0x9A) == 2:
        track.fields = "progressive"
    elif video.uint(0x9A) == 1:
        track.fields = {1: "top", 9: "top", 6: "bottom", 14: "bottom"}.get(video.uint(0x9D), "")
    if colour := video.one(0x55B0):
        track.colour = {name: colour.uint(key) for key, name in COLOUR.items() if colour.uint(key) is not None}
        light = {"cll": colour.uint(0x55BC), "fall": colour.uint(0x55BD)}
        track.mastering = {name: value for name, value in light.items() if value is not None}
        if master := colour.one(0x55D0):
            track.mastering |= {n: master.float(k) for k, n in MASTERING.items() if master.float(k) is not None}
    if projection := video.one(0x7670):
        roll = round(projection.float(0x7675, 0.0) or 0.0) % 360  # counter-clockwise
        yaw = round(projection.float(0x7673, 0.0) or 0.0) % 360
        turn = str((360 - roll) % 360)
        if turn in ("0", "90", "180", "270"):
            track.orientation = ("hflip" + (turn if turn != "0" else "")) if yaw == 180 else turn


def read_cluster(data, cluster, by_number, scale):
    base = cluster.uint(0xE7, 0)
    for name, child in cluster.children:
        if name == SIMPLE:
            add_block(data, child, None, base, by_number, scale, None)
        elif name == GROUP and child.one(0xA1):
            length = child.uint(0x9B)
            key = not child.all(0xFB)
            add_block(data, child.one(0xA1), None if length is None else length * scale, base, by_number, scale, key)


def add_block(data, span, duration, base, by_number, scale, key):
    number, used = number_at(data, span[0], False)
    at = span[0] + used
    time, flags = struct.unpack(">hB", data[at:at + 3])
    track = by_number.get(number)
    if track is None:
        return
    payloads = unlace(data[at + 3:span[1]], flags >> 1 & 3)
    for n, payload in enumerate(payloads):
        begin = (base + time) * scale + n * (track.step or 0)
        track.packets.append(Packet(begin - track.delay, duration, payload, bool(flags & 0x80) if key is None else key))


def unlace(data, lacing):
    if lacing == 0:
        return [data]
    count, at, sizes = data[0] + 1, 1, []
    if lacing == 2:
        each = (len(data) - 1) // count
        sizes = [each] * count
    elif lacing == 1:
        for _ in range(count - 1):
            size = 0
            while data[at] == 255:
                size, at = size + 255, at + 1
            sizes.append(size + data[at])
            at += 1
        sizes.append(len(data) - at - sum(sizes))
    else:
        first, used = number_at(data, at, False)
        sizes, at = [first], at + used
        for _ in range(count - 2):
            raw, used = number_at(data, at, False)
            sizes.append(sizes[-1] + raw - ((1 << 7 * used - 1) - 1))
            at += used
        sizes.append(len(data) - at - sum(sizes))
    if lacing == 2:
        at = 1
    result = []
    for size in sizes:
        result.append(data[at:at + size])
        at += size
    return result


def read_chapters(segment, result):
    found = []
    for edition in [e for c in segment.all(0x1043A770) for e in c.all(0x45B9)]:
        chapters = []
        add_chapters(edition, 0, chapters)
        found.append((0 if edition.uint(0x45DB, 0) else 1, len(found), chapters))
    result.editions = [chapters for *_, chapters in sorted(found, key=lambda e: e[:2])]


def add_chapters(parent, depth, chapters):
    for atom in parent.all(0xB6):
        display = atom.one(0x80)
        end = atom.uint(0x92)
        chapters.append(Chapter(atom.uint(0x91, 0) / 1e9, display.text(0x85) if display else "",
                                bool(atom.uint(0x98, 0)), depth, None if end is None else end / 1e9))
        add_chapters(atom, depth + 1, chapters)


def read_tags(segment, result, uids):
    for tag in [t for g in segment.all(0x1254C367) for t in g.all(0x7373)]:
        target = tag.one(0x63C0)
        uid = target.uint(0x63C5, 0) if target else 0
        into = result.track_tags.setdefault(uids.get(uid), {}) if uid else result.tags
        for simple in tag.all(0x67C8):
            into[simple.text(0x45A3).upper()] = simple.text(0x4487)
