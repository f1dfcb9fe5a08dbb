# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads the times of transport streams and Flash video, from ISO/IEC 13818-1 and Adobe's specification."""
from tracks import File, Packet, Track

KINDS = {1: "video", 2: "video", 0x10: "video", 0x1B: "video", 0x24: "video", 3: "audio", 4: "audio", 0x0F: "audio",
         0x11: "audio", 0x81: "audio", 0x82: "audio", 0x87: "audio", 6: "audio"}


def read_ts(path):
    with open(path, "rb") as file:
        data = file.read()
    tracks, tables = {}, {0}
    for at in range(0, len(data) - 187, 188):
        pid = int.from_bytes(data[at + 1:at + 3], "big") & 0x1FFF
        if not data[at + 1] & 0x40:
            continue
        start = at + 4 + (data[at + 4] + 1 if data[at + 3] & 0x20 else 0)
        body = data[start:at + 188]
        if pid in tables:
            read_table(body[body[0] + 1:], pid, tables, tracks)
        elif pid in tracks and body[:3] == b"\0\0\1" and body[7] & 0x80:
            tracks[pid].packets.append(Packet(time_of(body[9:14]) / 90000, None, b""))
    result = File("ts")
    result.tracks = list(tracks.values())
    return result


def read_table(section, pid, tables, tracks):
    """A PAT (pid 0) or a PMT, in one packet."""
    end = 3 + (int.from_bytes(section[1:3], "big") & 0xFFF) - 4
    if pid == 0:
        for at in range(8, end, 4):
            tables.add(int.from_bytes(section[at + 2:at + 4], "big") & 0x1FFF)
        return
    at = 12 + (int.from_bytes(section[10:12], "big") & 0xFFF)
    while at < end:
        stream = int.from_bytes(section[at + 1:at + 3], "big") & 0x1FFF
        tracks.setdefault(stream, Track(KINDS.get(section[at], "data"), number=stream))
        at += 5 + (int.from_bytes(section[at + 3:at + 5], "big") & 0xFFF)


def time_of(data):
    return (data[0] >> 1 & 7) << 30 | data[1] << 22 | (data[2] >> 1) << 15 | data[3] << 7 | data[4] >> 1


def read_flv(path):
    with open(path, "rb") as file:
        data = file.read()
    tracks = {8: Track("audio"), 9: Track("video")}
    at = int.from_bytes(data[5:9], "big") + 4
    while at + 11 <= len(data):
        kind, size = data[at], int.from_bytes(data[at + 1:at + 4], "big")
        time = int.from_bytes(data[at + 4:at + 7], "big") | data[at + 7] << 24
        body = data[at + 11:at + 11 + size]
        add_tag(tracks.get(kind), kind, time, body)
        at += 15 + size
    result = File("flv")
    result.tracks = [t for t in tracks.values() if t.packets]
    return result


def add_tag(track, kind, time, body):
    if track is None or not body:
        return
    packed = kind == 9 and body[0] & 15 == 7 or kind == 8 and body[0] >> 4 == 10  # AVC, AAC
    if packed and body[1] != 1:
        return
    shift = int.from_bytes(body[2:5], "big", signed=True) if kind == 9 and packed else 0
    track.packets.append(Packet((time + shift) / 1000, None, body))
