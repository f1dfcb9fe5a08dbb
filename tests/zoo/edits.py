# SPDX-License-Identifier: GPL-2.0-or-later
"""Edits that make what ffmpeg cannot: boxes in the first video track of an MP4, and Matroska's chapters as XML."""
import struct

import boxes
import ebml

ANCESTORS = [b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd"]
TURNS = {name: matrix for matrix, name in boxes.MATRICES.items()}


def container_aspect(item):
    """The shape of a pixel that the container states, where it is not what the stream says anyhow."""
    return {"container4:3": 4 / 3, "wide_container": 16 / 11, "both": 4 / 3, "conflict": 16 / 11}.get(item["aspect"])


def aspect_of(item):
    """The shape of a pixel as players see it: the container's word counts where both speak."""
    return container_aspect(item) or (4 / 3 if item["aspect"] == "stream4:3" else 1.0)


def crop_of(recipe):
    """Columns cut from the left and the right, and rows cut from the top and the bottom."""
    return {"none": (0, 0), "sides": (6, 0), "all": (6, 4)}[recipe.item["crop"]]


class Movie:
    """An MP4 whose `moov` is edited. Boxes may grow where `moov` is last, or before fragments with relative offsets."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            self.data = bytearray(file.read())
        self.changed = False

    def save(self):
        if self.changed:
            with open(self.path, "wb") as file:
                file.write(self.data)

    def track(self, kind=b"vide"):
        """(trak, chain of boxes from moov to stsd) of the first track of a kind."""
        data = bytes(self.data)
        moov = next(boxes.Box(data, n, a, b) for n, a, b in boxes.boxes(data, 0, len(data)) if n == b"moov")
        for trak in moov.all(b"trak"):
            if trak.one(b"mdia", b"hdlr").body[8:12] == kind:
                chain = [moov, trak]
                for name in ANCESTORS[2:]:
                    chain.append(chain[-1].one(name))
                return trak, chain
        raise ValueError(kind)

    def set_entry_box(self, name, body):
        """Adds a box at the end of the sample entry; one of the same name is removed first."""
        self.remove_entry_box(name)
        _, chain = self.track()
        entry = chain[-1].start + 8
        self.grow(entry + struct.unpack(">I", self.data[entry:entry + 4])[0], struct.pack(">I4s", 8 + len(body), name) + body,
                  [box.start - 8 for box in chain] + [entry])

    def remove_entry_box(self, name):
        _, chain = self.track()
        entry = chain[-1].start + 8
        end = entry + struct.unpack(">I", self.data[entry:entry + 4])[0]
        for found, start, stop in list(boxes.boxes(bytes(self.data), entry + 86, end)):
            if found == name:
                self.grow(start - 8, b"", [box.start - 8 for box in chain] + [entry], stop - start + 8)
                return

    def grow(self, at, new, holders, removed=0):
        """Puts bytes in the place of `removed` ones, and corrects the sizes of the boxes that start at `holders`."""
        before_samples = any(n == b"mdat" and a > at for n, a, _ in boxes.boxes(bytes(self.data), 0, len(self.data)))
        fragmented = b"moof" in self.data
        if before_samples and not fragmented:
            raise ValueError("samples would move")
        self.data[at:at + removed] = new
        for place in holders:
            size = struct.unpack(">I", self.data[place:place + 4])[0] + len(new) - removed
            self.data[place:place + 4] = struct.pack(">I", size)
        self.changed = True

    def hold_last(self, steps):
        """Makes the last picture last `steps` times as long, in the sample table and in all headers."""
        trak, chain = self.track()
        stbl = chain[4]
        table = stbl.one(b"stts")
        entries = boxes.table(table, ">II")
        count, delta = entries[-1]
        extra = (steps - 1) * delta
        entries[-1:] = [(count - 1, delta), (1, delta * steps)] if count > 1 else [(1, delta * steps)]
        media = trak.one(b"mdia", b"mdhd")
        scale = struct.unpack(">I", media.body[12:16])[0]
        movie_scale = struct.unpack(">I", chain[0].one(b"mvhd").body[12:16])[0]
        self.add_to(media.start + 16, extra)
        self.add_to(trak.one(b"tkhd").start + 20, round(extra / scale * movie_scale))
        longest = max(self.value(each.one(b"tkhd").start + 20) for each in chain[0].all(b"trak"))
        header = chain[0].one(b"mvhd").start + 16
        self.add_to(header, longest - self.value(header))
        if edit := trak.one(b"edts", b"elst"):
            self.add_to(edit.end - 12, round(extra / scale * movie_scale))
        body = struct.pack(">II", 0, len(entries)) + b"".join(struct.pack(">II", *entry) for entry in entries)
        self.grow(table.start, body, [box.start - 8 for box in chain[:5]] + [table.start - 8], table.end - table.start)

    def value(self, at):
        return struct.unpack(">I", self.data[at:at + 4])[0]

    def add_to(self, at, extra):
        """Adds to a number of 32 bits."""
        self.data[at:at + 4] = struct.pack(">I", self.value(at) + extra)
        self.changed = True

    def set_colour(self, values, quicktime=False):
        body = struct.pack(">4sHHH", b"nclc" if quicktime else b"nclx", *values)
        self.set_entry_box(b"colr", body if quicktime else body + b"\0")

    def set_aspect(self, aspect):
        across, down = (4, 3) if abs(aspect - 4 / 3) < 0.01 else (16, 11)
        self.set_entry_box(b"pasp", struct.pack(">II", across, down))

    def set_crop(self, width, height, left, top):
        self.set_entry_box(b"clap", struct.pack(">8i", width - 2 * left, 1, height - 2 * top, 1, 0, 1, 0, 1))

    def set_matrix(self, turn, width, height):
        """The track's matrix: a turn, and the shift that puts the picture at the origin again."""
        trak, _ = self.track()
        head = trak.one(b"tkhd")
        a, b, c, d = TURNS[turn]
        shift = [max(0, -a * width, -c * height, -a * width - c * height), max(0, -b * width, -d * height, -b * width - d * height)]
        values = [a, b, 0, c, d, 0, *shift, 0]
        at = head.start + 40 + (12 if head.body[0] else 0)
        for n, value in enumerate(values):
            self.data[at + 4 * n:at + 4 * n + 4] = struct.pack(">i", value << 16 if n != 8 else 1 << 30)
        self.changed = True


def set_duration(path, seconds):
    """Writes the Duration of a Matroska file, in place, if it ends later than its last block."""
    with open(path, "rb") as file:
        data = bytearray(file.read())
    size = 8 if b"\x44\x89\x88" in data else 4  # mkvmerge writes the short form
    at = data.index(b"\x44\x89" + bytes([0x80 | size])) + 3
    first = min(p.time for p in ebml.read(path).of("video")[0].packets)
    data[at:at + size] = struct.pack(">d" if size == 8 else ">f", (seconds + max(first, 0)) * 1000)
    with open(path, "wb") as file:
        file.write(data)


def atom(start, end, title, inside="", hidden=0):
    clock = lambda t: f"00:00:{t:012.9f}"
    return (f"<ChapterAtom><ChapterTimeStart>{clock(start)}</ChapterTimeStart><ChapterTimeEnd>{clock(end)}</ChapterTimeEnd>"
            f"<ChapterFlagHidden>{hidden}</ChapterFlagHidden><ChapterDisplay><ChapterString>{title}</ChapterString>"
            f"<ChapterLanguage>eng</ChapterLanguage></ChapterDisplay>{inside}</ChapterAtom>")


def edition(atoms, default=0):
    return f"<EditionEntry><EditionFlagDefault>{default}</EditionFlagDefault>{atoms}</EditionEntry>"


CHAPTERS_XML = {
    "nested": lambda s: edition(atom(s, s + 0.6, "Act 1", atom(s, s + 0.3, "Scene 1") + atom(s + 0.3, s + 0.6, "Scene 2")) +
                                atom(s + 0.6, s + 1.2, "Act 2")),
    "hidden": lambda s: edition(atom(s, s + 0.6, "Seen") + atom(s + 0.3, s + 0.5, "Unseen", hidden=1) + atom(s + 0.6, s + 1.2, "Seen too")),
    "two_editions": lambda s: edition(atom(s, s + 1.2, "Not this")) + edition(atom(s, s + 0.6, "One") + atom(s + 0.6, s + 1.2, "Two"), 1),
}
# (start, end, title, hidden, depth) of the edition to show
CHAPTERS = {
    "nested": [(0, "Act 1", False, 0), (0, "Scene 1", False, 1), (0.3, "Scene 2", False, 1), (0.6, "Act 2", False, 0)],
    "hidden": [(0, "Seen", False, 0), (0.3, "Unseen", True, 0), (0.6, "Seen too", False, 0)],
    "two_editions": [(0, "One", False, 0), (0.6, "Two", False, 0)],
}


def chapters_xml(kind, shift):
    return '<?xml version="1.0"?><Chapters>' + CHAPTERS_XML[kind](shift) + "</Chapters>"
