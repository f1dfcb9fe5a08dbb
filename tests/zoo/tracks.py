# SPDX-License-Identifier: GPL-2.0-or-later
"""What the readers of containers find: plain values, the same for MP4, Matroska and transport streams."""
import dataclasses


@dataclasses.dataclass
class Packet:
    """One sample or block. `time` and `duration` are seconds on the file's own presentation clock."""
    time: float
    duration: float | None
    data: bytes
    key: bool = False
    shown: bool = True  # False: outside of the edit list


@dataclasses.dataclass
class Chapter:
    time: float
    title: str
    hidden: bool = False
    depth: int = 0
    end: float | None = None


@dataclasses.dataclass
class Track:
    kind: str                      # video, audio, subtitle, data, cover
    codec: str = ""
    language: str = "und"
    tag47: str = ""                # BCP 47 language
    title: str = ""
    flags: set = dataclasses.field(default_factory=set)
    packets: list = dataclasses.field(default_factory=list)
    size: tuple = (0, 0)
    aspect: float | None = None    # width of a pixel through its height, as the container says
    orientation: str = "0"         # what a player does to the picture
    crop: tuple | None = None      # visible width and height
    colour: dict = dataclasses.field(default_factory=dict)
    mastering: dict = dataclasses.field(default_factory=dict)
    fields: str = ""               # top, bottom, progressive or "": not said
    delay: float = 0.0             # of the codec, in seconds: to be taken from the times of samples
    end: float | None = None       # of the presentation, where the container states it
    step: float | None = None      # stated duration of a picture
    rate: int = 0                  # samples per second
    channels: int = 0
    timecode: tuple | None = None  # number of the first picture, pictures per second, drop flag
    number: int = 0


@dataclasses.dataclass
class File:
    kind: str
    tracks: list = dataclasses.field(default_factory=list)
    editions: list = dataclasses.field(default_factory=list)   # lists of Chapter; the first is the one to show
    tags: dict = dataclasses.field(default_factory=dict)
    track_tags: dict = dataclasses.field(default_factory=dict)
    attachments: list = dataclasses.field(default_factory=list)  # (name, type, bytes)
    duration: float | None = None

    def of(self, kind):
        return [track for track in self.tracks if track.kind == kind]

    @property
    def chapters(self):
        return self.editions[0] if self.editions else []


def shown_times(track):
    """Presentation times in the order of display, of the packets that are shown."""
    return sorted(packet.time for packet in track.packets if packet.shown)
