# SPDX-License-Identifier: GPL-2.0-or-later
"""The checks of sound: tracks, channels in place, beeps at their times, gap, length and peak."""
import os
import subprocess

import recipe as recipes
import sounds
from checks import LOSSLESS, check, source_start

SIDES = {"SL": "BL", "SR": "BR"}
LETTERS = {"FL": {"L"}, "FR": {"R"}, "FC": {"C", "M"}, "LFE": {"LFE"}, "BL": {"Lb", "Ls", "Rls"}, "BR": {"Rb", "Rs", "Rrs"},
           "SL": {"Ls", "Lb", "Lss"}, "SR": {"Rs", "Rb", "Rss"}, "BC": {"Cb", "Cs"}}


def track_count(case):
    return 0 if case.item["audio"] == "none" else 2 if case.item["tracks"] == "two" else 1


@check
def sound_tracks(case):
    got, right = len(case.output.sounds), track_count(case)
    if got != right:
        yield "sound tracks", got, right
    for n, sound in enumerate(case.output.sounds):
        if not len(sound.samples):
            yield "sound", f"track {n} decodes to nothing", "sound"


@check
def channels(case):
    """Each channel has its speaker's tone, and the file names as many speakers of the same names."""
    right = sounds.SPEAKERS[case.item["layout"]]
    for n, sound in enumerate(case.output.sounds):
        if sound.samples.channels != len(right):
            yield "channels", sound.samples.channels, len(right)
            continue
        at = steady_index(sound)
        got = [sound.samples.speaker_of(c, at, 50 * n) for c in range(len(right))]
        if at is not None and got != right and not all(g in (r, None) and (g == r or r == "LFE") for g, r in zip(got, right)):
            yield "channels", f"track {n}: {got}", right
        yield from named_speakers(case, n, right)


def steady_index(sound):
    """A place inside of a beep or, without one, in the middle."""
    start = sound.samples.beep_start()
    at = start + sounds.RATE // 50 if start is not None else len(sound.samples) // 2
    return at if at + sounds.WINDOW < len(sound.samples) else 0


def named_speakers(case, n, right):
    info = case.output.sound_info[n] if n < len(case.output.sound_info) else {}
    words = info.get("ChannelLayout", "").split()
    if not words or len(right) < 3:
        return
    missing = [s for s in right if not LETTERS[s] & set(words)]
    if len(words) != len(right) or missing:
        yield "layout", f"track {n}: {' '.join(words)}", " ".join(right)


@check
def beeps(case):
    """Sound and picture keep their distance, before a gap and after it."""
    for n, sound in enumerate(case.output.sounds):
        if not case.output.times or not len(sound.samples):
            continue
        got = [b - case.output.times[0] for b in sound.beeps()]
        right = expected_beeps(case, n)
        sure = [b for b in right if b[1]]
        close = tolerance(case)
        missing = [b for b, _ in sure if not any(abs(g - b) <= close for g in got)]
        extra = [g for g in got if not any(abs(g - b) <= max(close, 0.03) for b, _ in right) and g > 0.1]
        if missing or extra:
            yield "sync", f"track {n}: beeps at {[round(g, 4) for g in got]}", [round(b, 4) for b, _ in sure]


def tolerance(case):
    if case.recipe.loose:
        return 0.06
    lossless = case.item["audio"].startswith(LOSSLESS)
    slack = 0.012 if case.item["gap"] == "gap" else 0.0
    if case.source.file is None or case.item["audio"] in ("vorbis", "dts", "wmav2"):
        return 0.03
    return case.tick + (0.003 if lossless else 0.006) + slack


def expected_beeps(case, n):
    """(time after the first picture, whether it must be there) of each beep."""
    end = range_end(case)
    found = []
    for k, beep in enumerate(case.recipe.beeps):
        at = case.recipe.sound_start + beep - case.recipe.picture_start + offset_in_source(case, n)
        whole = at >= case.anchor + 0.04 and at + 0.04 <= end
        found.append((at - case.anchor, whole))
    return found


def range_end(case):
    if case.cut is None or case.cut.duration is None:
        return 1e9
    return case.cut.start + case.cut.duration + source_start(case.recipe, case.source)


def offset_in_source(case, n):
    """By how much the first beep of the source itself is off, of encoders' priming that the container cannot state."""
    source = case.source
    if source.file is None:
        return 0.0
    if not source.sounds:
        return lossless_offset(case, n)
    if n >= len(source.sounds) or not (found := source.sounds[n].beeps()):
        return 0.0
    video = min(p.time for p in source.file.of("video")[0].packets)
    off = found[0] - video - (case.recipe.sound_start + case.recipe.beeps[0] - case.recipe.picture_start)
    return off if abs(off) < 0.1 else 0.0


def lossless_offset(case, n):
    """The same of sound without priming, by the time of its first packet."""
    tracks = case.source.file.of("audio")
    if n >= len(tracks) or not tracks[n].packets:
        return 0.0
    video = min(p.time for p in case.source.file.of("video")[0].packets)
    off = tracks[n].packets[0].time - video - (case.recipe.sound_start - case.recipe.picture_start)
    return off if abs(off) < 0.1 else 0.0


@check
def length(case):
    """No sound is missing at the end."""
    recipe = case.recipe
    right = recipe.sound_start + recipe.sound_length + (recipe_gap(case)) - recipe.picture_start
    until = range_end(case)
    gap = recipe_gap_start(case)
    if gap is not None and gap < until < gap + recipe_gap(case):
        until = gap  # nothing sounds in the gap
    right = min(right, until) - case.anchor
    for n, sound in enumerate(case.output.sounds):
        if not case.output.times or not len(sound.samples):
            continue
        got = sound.end() - case.output.times[0]
        if got < right - 0.045 or got > right + (0.16 if case.item["audio"].startswith(("adpcm", "alac", "flac", "wma")) else 0.11):
            yield "sound length", f"track {n} ends at {got:.3f}", f"{right:.3f}"


def recipe_gap(case):
    return recipes.GAP if case.recipe.has_gap else 0


def recipe_gap_start(case):
    """Where the gap begins, on the pictures' clock."""
    return recipes.GAP_AT + case.recipe.sound_start - case.recipe.picture_start if case.recipe.has_gap else None


@check
def peak(case):
    right = 1.6 if case.item["level"] == "above_full" else sounds.LOUD
    if not any(sure for _, sure in expected_beeps(case, 0)):
        return
    for n, sound in enumerate(case.output.sounds):
        if len(sound.samples) and not 0.8 * right < sound.samples.peak() < 1.25 * right:
            yield "level", f"track {n}: peak {sound.samples.peak():.3f}", f"{right:.3f}"


@check
def opus_by_its_own_decoder(case):
    """Opus in Matroska, taken out by mkvextract and decoded by libopus alone: the order of the channels again."""
    tracks = case.output.file.of("audio")
    right = sounds.SPEAKERS[case.item["layout"]]
    if not tracks or tracks[0].codec != "A_OPUS" or len(right) < 3:
        return
    folder = os.path.dirname(case.output.path)
    ogg, wav = os.path.join(folder, "one.opus"), os.path.join(folder, "one.wav")
    index = case.output.file.tracks.index(tracks[0])
    subprocess.run(["mkvextract", case.output.path, "tracks", f"{index}:{ogg}"], capture_output=True, timeout=60)
    subprocess.run(["opusdec", "--quiet", "--float", "--force-wav", ogg, wav], capture_output=True, timeout=60)
    if not os.path.exists(wav):
        yield "channels", "opusdec gives nothing", right
        return
    with open(wav, "rb") as file:
        data = file.read()
    samples = sounds.Samples(data[data.index(b"data") + 8:], len(right))
    os.remove(ogg), os.remove(wav)
    at = (samples.beep_start() or 0) + sounds.RATE // 50
    got = [samples.speaker_of(c, at) for c in range(len(right))]
    if got != right and [g for g in got if g] != [r for r in right if r != "LFE"]:
        yield "channels", f"by opusdec: {got}", right
