# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads MP4 and MOV files, whole, from ISO/IEC 14496-12 and the QuickTime File Format."""
import struct

from tracks import Chapter, File, Packet, Track

HOLDERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"udta", b"ilst", b"moof", b"traf", b"mvex", b"dinf",
           b"tref", b"gmhd", b"tmcd"}
MATRICES = {(1, 0, 0, 1): "0", (0, 1, -1, 0): "90", (-1, 0, 0, -1): "180", (0, -1, 1, 0): "270",
            (-1, 0, 0, 1): "hflip", (1, 0, 0, -1): "hflip180", (0, 1, 1, 0): "hflip270", (0, -1, -1, 0): "hflip90"}
# QuickTime's language codes, for files without packed letters. 0 is English and what writers leave there.
MACINTOSH = {1: "fra", 2: "deu", 3: "ita", 4: "nld", 5: "swe", 6: "spa", 7: "dan", 8: "por", 11: "jpn", 19: "zho", 33: "zho"}
KINDS = {b"vide": "video", b"soun": "audio", b"sbtl": "subtitle", b"text": "text", b"subt": "subtitle", b"tmcd": "tmcd",
         b"subp": "subtitle", b"clcp": "subtitle"}


def boxes(data, at, end):
    """Yields (type, start of content, end) of the boxes in a span."""
    while at + 8 <= end:
        size, name = struct.unpack(">I4s", data[at:at + 8])
        head = 8
        if size == 1:
            size, head = struct.unpack(">Q", data[at + 8:at + 16])[0], 16
        if size == 0:
            size = end - at
        if size < head:
            return
        yield name, at + head, min(at + size, end)
        at += size


class Box:
    """A box with its children, where it is one that holds boxes."""

    def __init__(self, data, name, start, end):
        self.data, self.name, self.start, self.end = data, name, start, end
        self.children = []
        if name in HOLDERS or name == b"meta":
            skip = 4 if name == b"meta" and data[start + 4:start + 8] not in (b"hdlr", b"keys", b"ilst") else 0
            self.children = [Box(data, *found) for found in boxes(data, start + skip, end)]

    @property
    def body(self):
        return self.data[self.start:self.end]

    def all(self, *path):
        found = [self]
        for name in path:
            found = [child for box in found for child in box.children if child.name == name]
        return found

    def one(self, *path):
        return next(iter(self.all(*path)), None)


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    root = Box(data, b"moov", 0, 0)
    root.children = [Box(data, *found) for found in boxes(data, 0, len(data))]
    moov = root.one(b"moov")
    result = File("mp4")
    header = moov.one(b"mvhd").body
    scale, length = struct.unpack(">IQ", header[20:32]) if header[0] else struct.unpack(">II", header[12:20])
    result.duration = length / scale
    numbers = {}
    for trak in moov.all(b"trak"):
        track, number = read_track(trak, data, scale, root)
        numbers[number] = track
        result.tracks.append(track)
    give_timecode(moov, numbers)
    read_chapters(moov, result, numbers)
    for track in result.tracks:
        if track.kind == "text":  # no chapters, so subtitles
            track.kind = "subtitle"
    read_tags(moov, result)
    return result


def number_of(trak):
    head = trak.one(b"tkhd").body
    return struct.unpack(">I", head[20:24] if head[0] else head[12:16])[0]


def read_track(trak, data, movie_scale, root):
    head = trak.one(b"tkhd").body
    long_times = 12 if head[0] else 0
    handler = trak.one(b"mdia", b"hdlr").body[8:12]
    track = Track(KINDS.get(handler, "data"), number=number_of(trak))
    matrix = struct.unpack(">9i", head[40 + long_times:76 + long_times])
    track.orientation = MATRICES.get(tuple(round(matrix[n] / 65536) for n in (0, 1, 3, 4)), "other")
    if head[3] & 1:
        track.flags.add("default")
    media = trak.one(b"mdia", b"mdhd").body
    scale = struct.unpack(">I", media[20:24] if media[0] else media[12:16])[0]
    code = struct.unpack(">H", media[32:34] if media[0] else media[20:22])[0]
    track.language = "".join(chr((code >> shift & 31) + 96) for shift in (10, 5, 0)) if 0x400 <= code < 0x7FFF else MACINTOSH.get(code, "und")
    if elng := trak.one(b"mdia", b"elng"):
        track.tag47 = elng.body[4:].split(b"\0")[0].decode()
    if name := trak.one(b"udta", b"name"):
        track.title = name.body.decode("utf-8", "replace")
    read_description(trak, track)
    samples = list(samples_of(trak, data)) or list(fragment_samples(root, track.number, data))
    place(trak, track, samples, scale, movie_scale)
    return track, track.number


def read_description(trak, track):
    entries = trak.one(b"mdia", b"minf", b"stbl", b"stsd").body
    size, track.codec = struct.unpack(">I", entries[8:12])[0], entries[12:16].decode("latin-1")
    entry = entries[16:8 + size]
    if track.kind == "video":
        track.size = struct.unpack(">HH", entry[24:28])
        for name, start, end in boxes(entry, 78, len(entry)):
            read_video_box(name, entry[start:end], track)
    elif track.kind == "audio":
        track.channels, track.rate = struct.unpack(">H", entry[16:18])[0], struct.unpack(">I", entry[24:28])[0] >> 16
    elif track.kind == "tmcd":
        flags, scale, step = struct.unpack(">III", entry[12:24])
        track.timecode = (None, scale / step if step else 0, bool(flags & 1))


def read_video_box(name, body, track):
    if name == b"pasp":
        across, down = struct.unpack(">II", body[:8])
        track.aspect = across / down if down else None
    elif name == b"colr" and body[:4] in (b"nclx", b"nclc"):
        primaries, transfer, matrix = struct.unpack(">HHH", body[4:10])
        track.colour = {"primaries": primaries, "transfer": transfer, "matrix": matrix}
        if body[:4] == b"nclx":
            track.colour["range"] = 2 if body[10] & 0x80 else 1
    elif name == b"vpcC":
        track.colour = dict(zip(("primaries", "transfer", "matrix"), body[7:10])) | {"range": 2 if body[6] & 1 else 1}
    elif name == b"clap":
        w, wd, h, hd = struct.unpack(">IIII", body[:16])
        track.crop = (w // wd, h // hd)
    elif name == b"fiel":
        track.fields = "progressive" if body[0] == 1 else "top" if body[1] in (1, 9) else "bottom"
    elif name == b"mdcv":
        v = struct.unpack(">8H2I", body[:24])
        names = ["gx", "gy", "bx", "by", "rx", "ry", "wx", "wy"]
        track.mastering |= {n: x * 0.00002 for n, x in zip(names, v)} | {"max": v[8] / 10000, "min": v[9] / 10000}
    elif name == b"clli":
        track.mastering |= dict(zip(("cll", "fall"), struct.unpack(">HH", body[:4])))


def table(box, form, skip=8):
    return [] if box is None else list(struct.iter_unpack(form, box.body[skip:skip + (len(box.body) - skip) // struct.calcsize(form) * struct.calcsize(form)]))


def samples_of(trak, data):
    """Yields (dts, pts, duration, bytes, key) in ticks, from the sample tables."""
    stbl = trak.one(b"mdia", b"minf", b"stbl")
    box = stbl.one(b"stsz")
    if box is None:
        return
    fixed, count = struct.unpack(">II", box.body[4:12])
    sizes = [fixed] * count if fixed else [s for s, in table(box, ">I", 12)][:count]
    steps = [d for n, d in table(stbl.one(b"stts"), ">II") for _ in range(n)]
    shifts = [d for n, d in table(stbl.one(b"ctts"), ">Ii") for _ in range(n)] or [0] * count
    keys = {n for n, in table(stbl.one(b"stss"), ">I")} if stbl.one(b"stss") else None
    chunks = [o for o, in table(stbl.one(b"stco"), ">I") or table(stbl.one(b"co64"), ">Q")]
    groups = table(stbl.one(b"stsc"), ">III")
    sample, dts = 0, 0
    for n, offset in enumerate(chunks):
        each = next(g[1] for g in reversed(groups) if g[0] <= n + 1)
        for _ in range(min(each, count - sample)):
            size, step = sizes[sample], steps[min(sample, len(steps) - 1)]
            yield dts, dts + shifts[sample], step, data[offset:offset + size], keys is None or sample + 1 in keys
            dts, offset, sample = dts + step, offset + size, sample + 1


def fragment_samples(root, number, data):
    """The same, from movie fragments."""
    defaults = {struct.unpack(">I", t.body[4:8])[0]: struct.unpack(">III", t.body[12:24])
                for t in root.one(b"moov").all(b"mvex", b"trex")}
    dts = 0
    for moof in root.all(b"moof"):
        for traf in moof.all(b"traf"):
            head = traf.one(b"tfhd").body
            flags, track = struct.unpack(">II", head[:8])
            if track != number:
                continue
            at, values = 8, {}
            for bit, name, size in ((1, "base", 8), (2, "desc", 4), (8, "step", 4), (16, "size", 4), (32, "flags", 4)):
                if flags & bit:
                    values[name] = int.from_bytes(head[at:at + size], "big")
                    at += size
            if tfdt := traf.one(b"tfdt"):
                dts = int.from_bytes(tfdt.body[4:12 if tfdt.body[0] else 8], "big")
            step, size, sample_flags = (values.get(n, d) for n, d in zip(("step", "size", "flags"), defaults.get(number, (0, 0, 0))))
            base = values.get("base", moof.start - 8)
            for trun in traf.all(b"trun"):
                for found in run_samples(trun.body, data, base, step, size, sample_flags):
                    ticks, shift, payload, key = found
                    yield dts, dts + shift, ticks, payload, key
                    dts += ticks


def run_samples(body, data, base, step, size, default_flags):
    flags, count = struct.unpack(">II", body[:8])
    flags &= 0xFFFFFF
    at, offset, first = 8, base, None
    if flags & 1:
        offset, at = base + struct.unpack(">i", body[at:at + 4])[0], at + 4
    if flags & 4:
        first, at = struct.unpack(">I", body[at:at + 4])[0], at + 4
    for n in range(count):
        values = []
        for bit in (0x100, 0x200, 0x400, 0x800):
            values.append(struct.unpack(">i", body[at:at + 4])[0] if flags & bit else None)
            at += 4 if flags & bit else 0
        ticks = step if values[0] is None else values[0]
        length = size if values[1] is None else values[1]
        mark = values[2] if values[2] is not None else first if n == 0 and first is not None else default_flags
        yield ticks, values[3] or 0, data[offset:offset + length], not mark & 0x10000
        offset += length


def edits_of(trak):
    box = trak.one(b"edts", b"elst")
    if box is None:
        return []
    return [e[:2] for e in table(box, ">QqI" if box.body[0] else ">IiI")]


def place(trak, track, samples, scale, movie_scale):
    """Puts samples on the movie's clock by the edit list: empty edits first, then one span of the media."""
    edits = edits_of(trak)
    start = sum(length for length, at in edits if at == -1) / movie_scale
    media = [(length, at) for length, at in edits if at != -1]
    skip = media[0][1] if media else 0
    span = media[0][0] / movie_scale if media and media[0][0] else None
    for _, pts, step, payload, key in samples:
        time = start + (pts - skip) / scale
        shown = pts - skip + step > 0 and (span is None or (pts - skip) / scale < span - 0.0005)
        track.packets.append(Packet(time, step / scale, payload, key, shown))
    track.end = None if span is None else start + span


def give_timecode(moov, numbers):
    for trak in moov.all(b"trak"):
        track = numbers[number_of(trak)]
        reference = trak.one(b"tref", b"tmcd")
        if track.kind == "video" and reference:
            # a box named `tmcd` in `tref` holds track numbers
            for name, start, end in boxes(trak.one(b"tref").data, trak.one(b"tref").start, trak.one(b"tref").end):
                source = numbers.get(int.from_bytes(reference.data[start:start + 4], "big")) if name == b"tmcd" else None
                if source and source.packets:
                    first = int.from_bytes(source.packets[0].data[:4], "big")
                    track.timecode = (first,) + source.timecode[1:]


def read_chapters(moov, result, numbers):
    """The chapter track that a track refers to, else Nero's list."""
    for trak in moov.all(b"trak"):
        tref = trak.one(b"tref")
        for name, start, end in boxes(tref.data, tref.start, tref.end) if tref else []:
            track = numbers.get(int.from_bytes(tref.data[start:start + 4], "big"))
            if name == b"chap" and track:
                track.kind = "chapters"
                named = [(p, text_of(p.data)) for p in track.packets]
                result.editions.append([Chapter(max(p.time, 0.0), text, end=p.time + (p.duration or 0)) for p, text in named if text])
                return
    if chpl := moov.one(b"udta", b"chpl"):
        body, at, found = chpl.body, 9, []
        for _ in range(body[8]):
            time, size = struct.unpack(">QB", body[at:at + 9])
            found.append(Chapter(time / 1e7, body[at + 9:at + 9 + size].decode("utf-8", "replace")))
            at += 9 + size
        result.editions.append(found)


def text_of(data):
    """The words of a text sample."""
    size = int.from_bytes(data[:2], "big")
    return data[2:2 + size].decode("utf-8", "replace")


def read_tags(moov, result):
    for meta in moov.all(b"udta", b"meta") + moov.all(b"meta"):
        names = []
        if keys := meta.one(b"keys"):
            names = [keys.data[a:b].decode("utf-8", "replace") for _, a, b in boxes(keys.data, keys.start + 8, keys.end)]
        for item in meta.all(b"ilst"):
            for name, start, end in boxes(item.data, item.start, item.end):
                key = names[int.from_bytes(name, "big") - 1] if names and int.from_bytes(name, "big") <= len(names) else name.decode("latin-1")
                add_tag(result, item.data, key, start, end)
    for udta in moov.all(b"udta"):
        for name, start, end in boxes(udta.data, udta.start, udta.end):
            if name[:1] == b"\xa9":
                size = int.from_bytes(udta.data[start:start + 2], "big")
                result.tags.setdefault(name.decode("latin-1"), udta.data[start + 4:start + 4 + size].decode("utf-8", "replace"))


def add_tag(result, data, key, start, end):
    own = ""
    for name, a, b in boxes(data, start, end):
        if name == b"name":
            own = data[a + 4:b].decode("utf-8", "replace")
        if name == b"data" and key == "covr":
            result.attachments.append(("cover", "image/jpeg" if data[a + 3] == 13 else "image/png", data[a + 8:b]))
        elif name == b"data":
            result.tags[own or key] = data[a + 8:b].decode("utf-8", "replace")
