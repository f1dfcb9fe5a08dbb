# SPDX-License-Identifier: GPL-2.0-or-later
"""Looks at a finished file with everything that is not hevcpool: own readers for the container, ffmpeg as a mere
decoder (its idea of time is not used), mediainfo for what the HEVC stream states, mkvmerge for Matroska's rules."""
import dataclasses
import json
import os
import subprocess

import boxes
import ebml
import pictures
import sounds
import streams

FRAME_SAMPLES = {"A_AAC": 1024, "A_MPEG/L3": 1152, "A_MPEG/L2": 1152, "A_AC3": 1536, "A_EAC3": 1536, "A_OPUS": 960, "A_DTS": 512}


@dataclasses.dataclass
class Sound:
    """One decoded track: all samples of the decoder, priming included, and where they lie on the file's clock."""
    samples: sounds.Samples
    times: list   # presentation time of each packet
    per_packet: int | None

    def time_of(self, index):
        """The time at which a sample is presented."""
        if self.per_packet and index // self.per_packet < len(self.times):
            return self.times[index // self.per_packet] + index % self.per_packet / sounds.RATE
        return self.times[0] + index / sounds.RATE if self.times else 0.0

    def beeps(self):
        """Times at which it becomes loud."""
        found, at = [], 0
        while (start := self.samples.beep_start(at)) is not None:
            found.append(self.time_of(start))
            at = start + round(sounds.RATE * (sounds.BEEP + 0.05))
        return found

    def end(self):
        return self.time_of(max(len(self.samples) - 1, 0))


@dataclasses.dataclass
class Picture:
    whole: int | None   # its number, read from all lines
    fields: tuple       # read from the even lines alone, and from the odd ones


@dataclasses.dataclass
class Seen:
    """A file as the tools see it."""
    path: str
    file: object
    pictures: list = dataclasses.field(default_factory=list)   # in the order of display, hidden ones left out
    times: list = dataclasses.field(default_factory=list)
    durations: list = dataclasses.field(default_factory=list)
    orientation: str | None = None
    by_fields: bool = False   # flagged as interlaced
    decoded: int = 0
    size: tuple = (0, 0)
    levels: tuple = ()        # mean of Cb and Cr, darkest and brightest luma, in 8 bits
    y4m_format: str = ""
    sounds: list = dataclasses.field(default_factory=list)
    video_info: dict = dataclasses.field(default_factory=dict)    # mediainfo, of the file
    stream_info: dict = dataclasses.field(default_factory=dict)   # mediainfo, of the bare HEVC stream
    sound_info: list = dataclasses.field(default_factory=list)
    complaints: list = dataclasses.field(default_factory=list)

    @property
    def video(self):
        return self.file.of("video")[0]


def read_container(path):
    extension = path.rsplit(".", 1)[-1]
    with open(path, "rb") as file:
        head = file.read(12)
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return ebml.read(path)
    if head[4:8] == b"ftyp":
        return boxes.read(path)
    if extension in ("ts", "m2ts"):
        return streams.read_ts(path)
    return streams.read_flv(path) if extension == "flv" else None


def decode(path, folder, with_pictures, tracks, rgb=False):
    """Runs ffmpeg once. Returns its complaints."""
    movie = ["-ignore_editlist", "1"] if path.endswith((".mp4", ".mov")) else []
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-threads", "1", "-noautorotate", "-flags2", "+skip_manual", *movie, "-i", path]
    if with_pictures:
        command += ["-pix_fmt", "yuv444p"] if rgb else []
        command += ["-map", "0:V:0", "-fps_mode", "passthrough", "-strict", "-1", "-f", "yuv4mpegpipe", os.path.join(folder, "raw.y4m")]
    for n in range(tracks):
        command += ["-map", f"0:a:{n}", "-c:a", "pcm_f32le", "-f", "f32le", os.path.join(folder, f"raw{n}.f32")]
    if not with_pictures and not tracks:
        return []
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
    return [line for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]


def observe(path, folder, channels=None, with_pictures=True, second_look=True, rgb=False):
    """Everything about a file. `channels`: of each sound track, if the container does not say."""
    seen = Seen(path, read_container(path))
    if seen.file is None:
        return seen
    tracks = seen.file.of("audio")
    if second_look:
        ask_mediainfo(seen, folder)
    seen.complaints += decode(path, folder, with_pictures, len(tracks), rgb)
    if with_pictures:
        read_pictures(seen, os.path.join(folder, "raw.y4m"))
    for n, track in enumerate(tracks):
        count = channels or channel_count(seen, n)
        seen.sounds.append(read_sound(os.path.join(folder, f"raw{n}.f32"), track, count))
    if path.endswith((".mkv", ".webm")) and second_look:
        ask_mkvmerge(seen)
    return seen


def channel_count(seen, n):
    count = seen.sound_info[n].get("Channels") if n < len(seen.sound_info) else None
    return int(str(count).split()[0]) if count else seen.file.of("audio")[n].channels or 2


def read_sound(path, track, channels):
    data = b""
    if os.path.exists(path):
        with open(path, "rb") as file:
            data = file.read()
        os.remove(path)
    times = [packet.time for packet in track.packets]
    per_packet = FRAME_SAMPLES.get(track.codec) if track.codec.startswith("A_") else samples_by_duration(track)
    samples = sounds.Samples(data, channels)
    if track.codec.startswith("A_VORBIS"):
        times = times[1:]
    return Sound(samples, times, per_packet)


def samples_by_duration(track):
    """Samples of a packet in MP4, where each states its duration; the last one may be shorter, one before a gap longer."""
    counts = [round((p.duration or 0) * sounds.RATE) for p in track.packets]
    return max(set(counts), key=counts.count) or None if counts else None


def read_pictures(seen, path):
    if not os.path.exists(path):
        return
    with open(path, "rb") as file:
        data = file.read()
    os.remove(path)
    frames = list(y4m_frames(seen, data))
    seen.decoded = len(frames)
    packets = sorted(seen.video.packets, key=lambda p: p.time)
    if len(packets) == len(frames):
        kept = [n for n, packet in enumerate(packets) if packet.shown]
        seen.times = [packets[n].time for n in kept]
        seen.durations = [packets[n].duration for n in kept]
        frames = [frames[n] for n in kept]
    seen.by_fields = flagged_interlaced(seen)
    depth = 10 if "p10" in seen.y4m_format else 12 if "p12" in seen.y4m_format else 8
    readers = [pictures.Reader(*seen.size, depth > 8) for _ in range(3)]
    for frame in frames:
        seen.pictures.append(read_picture(frame, depth, readers))
    seen.orientation = next((r.orientation for r in readers if r.orientation), None)
    if frames:
        seen.levels = measure_levels(frames[0], seen.size, depth)


def read_picture(frame, depth, readers):
    """The number of a picture, and those of its fields."""
    whole = readers[0].read(frame, depth)
    return Picture(whole, tuple(readers[1 + field].read(frame, depth, field) for field in (0, 1)))


def flagged_interlaced(seen):
    scan = seen.stream_info.get("ScanType", ""), seen.video_info.get("ScanType", "")
    return "Interlaced" in scan or "MBAFF" in scan or seen.video.fields in ("top", "bottom")


def y4m_frames(seen, data):
    if not data:
        return
    end = data.index(b"\n")
    header = data[:end].decode().split()
    width, height = int(header[1][1:]), int(header[2][1:])
    seen.size, seen.y4m_format = (width, height), next((w[1:] for w in header if w.startswith("C")), "420")
    size = frame_size(width, height, seen.y4m_format)
    at = end + 1
    while at < len(data):
        at = data.index(b"\n", at) + 1
        yield data[at:at + size]
        at += size


def frame_size(width, height, form):
    each = 2 if "p1" in form or form.startswith("mono1") else 1
    if form.startswith("mono"):
        return width * height * each
    across, down = (1, 1) if form.startswith("444") else (2, 1) if form.startswith("422") else (2, 2)
    return each * (width * height + 2 * (-(-width // across) * -(-height // down)))


def measure_levels(frame, size, depth):
    """(Cb, Cr, black, white) in 8 bits; the chroma is None where there is none."""
    each, count = (2 if depth > 8 else 1), size[0] * size[1]
    value = lambda n: int.from_bytes(frame[n * each:n * each + each], "little") / (1 << depth - 8)
    luma = sorted(value(n) for n in range(0, count, 3))
    dark, bright = luma[len(luma) // 32], luma[-len(luma) // 32]
    rest = (len(frame) // each - count) // 2
    if rest <= 0:
        return None, None, dark, bright
    mean = lambda start: sum(value(n) for n in range(start, start + rest, 7)) / len(range(0, rest, 7))
    return mean(count), mean(count + rest), dark, bright


def ask_mediainfo(seen, folder):
    """The file, and the bare stream beside it: one call for both."""
    bare = os.path.join(folder, "bare.hevc")
    has_bare = write_bare_stream(seen, bare)
    done = subprocess.run(["mediainfo", "--Output=JSON", seen.path, *([bare] if has_bare else [])], capture_output=True, timeout=60)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        return
    tracks = [t["media"]["track"] if t.get("media") else [] for t in (answer if isinstance(answer, list) else [answer])]
    of = lambda n, kind: [t for t in tracks[n] if t.get("@type") == kind] if n < len(tracks) else []
    seen.video_info = next(iter(of(0, "Video")), {})
    seen.sound_info = of(0, "Audio")
    seen.stream_info = next(iter(of(1, "Video")), {}) if has_bare else {}
    if has_bare:
        os.remove(bare)


def write_bare_stream(seen, path):
    """The parameter sets and the first pictures as an elementary stream. False: the video is no HEVC."""
    video = next(iter(seen.file.of("video")), None)
    if video is None or video.codec not in ("V_MPEGH/ISO/HEVC", "hvc1", "hev1") or not video.packets:
        return False
    with open(seen.path, "rb") as file:
        data = file.read()
    config = hevc_config(data, video.codec)
    units = parameter_sets(config) if config else []
    for packet in video.packets[:3]:
        at = 0
        while at + 4 < len(packet.data):
            size = int.from_bytes(packet.data[at:at + 4], "big")
            units.append(packet.data[at + 4:at + 4 + size])
            at += 4 + size
    with open(path, "wb") as file:
        file.write(b"".join(b"\0\0\0\1" + unit for unit in units))
    return True


def hevc_config(data, codec):
    """The HEVCDecoderConfigurationRecord: the box `hvcC`, or Matroska's CodecPrivate."""
    if codec.startswith("V_"):
        at = data.find(b"\x63\xa2")
        if at < 0:
            return None
        size, used = ebml.number_at(data, at + 2, False)
        return data[at + 2 + used:at + 2 + used + size]
    at = data.find(b"hvcC")
    return data[at + 4:at - 4 + int.from_bytes(data[at - 4:at], "big")] if at >= 4 else None


def parameter_sets(config):
    units, at = [], 23
    for _ in range(config[22] if len(config) > 22 else 0):
        count, at = int.from_bytes(config[at + 1:at + 3], "big"), at + 3
        for _ in range(count):
            size = int.from_bytes(config[at:at + 2], "big")
            units.append(config[at + 2:at + 2 + size])
            at += 2 + size
    return units


def ask_mkvmerge(seen):
    done = subprocess.run(["mkvmerge", "-J", seen.path], capture_output=True, timeout=60)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        seen.complaints.append("mkvmerge -J gives no JSON")
        return
    seen.complaints += answer.get("warnings", []) + answer.get("errors", [])
    if not answer.get("container", {}).get("supported"):
        seen.complaints.append("mkvmerge does not know the file")
