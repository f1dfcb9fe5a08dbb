# SPDX-License-Identifier: GPL-2.0-or-later
"""The checks of what is neither picture nor sound: subtitles, chapters, tags, languages, attachments, flags, timecode."""
import boxes
import edits
import make
import recipe as recipes
from checks import check
from checks_sound import range_end

SAME = {"ger": "deu", "fre": "fra", "chi": "zho"}
VALUES = {
    "common": {"title": "The Title Ω", "artist": "Somebody", "date": "2021", "comment": "A remark"},
    "custom": {"title": "The Title Ω", "MY_OWN": "Value=1"},
    "camera_keys": {"make": "Maker", "model": "Model 3"},
}


def zero(case):
    """The time of the output's first picture."""
    return case.output.times[0] if case.output.times else min(p.time for p in case.output.video.packets)


def source_shift(case, found, right):
    """By how much a time of the source itself is off: `found` in its file, `right` by the recipe."""
    if case.source.file is None or found is None:
        return 0.0
    off = found - min(p.time for p in case.source.file.of("video")[0].packets) - right
    return off if abs(off) < 0.1 else 0.0


# ---------------------------------------------------------------- subtitles


def cues_of(file):
    """(start, end, text) of all cues of the first subtitle track."""
    tracks = file.of("subtitle")
    if not tracks:
        return []
    found = [(p.time, p.time + (p.duration or 0), words(tracks[0].codec, p.data)) for p in tracks[0].packets]
    return [cue for cue in found if cue[2]]


def words(codec, data):
    if codec == "tx3g" or codec == "text":
        return boxes.text_of(data)
    text = data.decode("utf-8", "replace")
    if "ASS" in codec:
        return text.split(",", 8)[-1].strip()
    return text.strip().splitlines()[-1] if text.strip() else ""


@check
def subtitles(case):
    if case.item["subtitles"] == "none":
        return
    got = cues_of(case.output.file)
    before = cues_of(case.source.file) if case.source.file else []
    shift = source_shift(case, before[0][0] if before else None, recipes.CUES[0][0])
    right, last = [], range_end(case)
    for start, end, text in recipes.CUES:
        start, end = max(start + shift, case.begin), min(end + shift, last)
        if end - start > 0.02:
            right.append((start - case.anchor, end - case.anchor, text.replace("<", "").replace(">", "")))
    if not case.output.file.of("subtitle"):
        if right:
            yield "subtitles", "no track", f"{len(right)} cues"
        return
    got = [(a - zero(case), b - zero(case), text) for a, b, text in got]
    if [g[2] for g in got] != [r[2] for r in right]:
        yield "subtitles", [g[2] for g in got], [r[2] for r in right]
        return
    close = 0.012 if case.item["subtitles"] == "ass" else 0.003 + case.tick
    for g, r in zip(got, right):
        early = case.begin_slack if r[0] == 0 else 0
        if not -close - early < g[0] - r[0] < close or abs(g[1] - r[1]) > close:
            yield "subtitle times", f"{g[0]:.3f} to {g[1]:.3f}", f"{r[0]:.3f} to {r[1]:.3f}"
            return


# ---------------------------------------------------------------- chapters


def chapters_expected(case):
    """(start after the first picture, title, hidden, depth)."""
    kind, last = case.item["chapters"], range_end(case)
    plain = [(start, title, False, 0) for start, _, title in recipes.CHAPTERS.get(kind, [])]
    listed = plain or edits.CHAPTERS.get(kind, [])
    before = case.source.file.chapters if case.source.file else []
    shift = source_shift(case, before[0].time if before else None, listed[0][0]) if listed else 0
    found = []
    for n, (start, title, hidden, depth) in enumerate(listed):
        following = [s for s, _, _, d in listed[n + 1:] if d <= depth]
        end = following[0] if following else recipes.SECONDS
        if hidden:
            end = 0.5
        if end + shift > case.begin + 0.02 and start + shift < last - 0.02:
            found.append((max(start + shift, case.begin) - case.anchor, title, hidden, depth))
    return found


@check
def chapters(case):
    if case.item["chapters"] == "none":
        return
    right = chapters_expected(case)
    got = [(c.time - zero(case), c.title, c.hidden, c.depth) for c in case.output.file.chapters]
    if [g[1] for g in got] != [r[1] for r in right]:
        yield "chapters", [g[1] for g in got], [r[1] for r in right]
        return
    if [g[2:] for g in got] != [r[2:] for r in right]:
        yield "chapter kinds", [g[2:] for g in got], [r[2:] for r in right]
    for g, r in zip(got, right):
        early = case.begin_slack if r[0] == 0 else 0
        if not -0.002 - case.tick - early < g[0] - r[0] < 0.002 + case.tick:
            yield "chapter times", f"{g[1]}: {g[0]:.3f}", f"{r[0]:.3f}"
            return


# ---------------------------------------------------------------- tags, languages, attachments, flags


@check
def tags(case):
    found = case.output.file.tags
    for name, value in VALUES.get(case.item["tags"], {}).items():
        if value not in found.values():
            yield "tags", f"{name} missing", value
    if case.item["tags"] == "track_titles":
        for n, track in enumerate(case.output.file.of("audio")):
            if track.title != f"Sound {n} Ω":
                yield "tags", f"title of sound {n}: {track.title or 'none'}", f"Sound {n} Ω"


@check
def languages(case):
    for n, track in enumerate(case.output.file.of("audio")):
        right = make.language_of(case.item, n)
        if right and SAME.get(track.language, track.language) != SAME.get(right, right):
            yield "language", f"sound {n}: {track.language}", right
        if case.item["language"] == "bcp47":
            wanted = ("pt-BR", "zh-Hant")[n]
            if track.tag47 != wanted:
                yield "language", f"sound {n}: {track.tag47 or 'no BCP 47'}", wanted
    for track in case.output.file.of("subtitle"):
        if case.item["subtitles"] != "none" and SAME.get(track.language, track.language) != "deu":
            yield "language", f"subtitles: {track.language}", "deu"


@check
def attachments(case):
    got = case.output.file.attachments
    for name, kind, data in make.attachments_of(case.item):
        if data not in [a[2] for a in got]:
            yield "attachment", f"{name} missing among {[a[0] for a in got]}", name


@check
def dispositions(case):
    kind = case.item["disposition"]
    tracks = case.output.file.of("subtitle" if kind == "forced" else "audio")
    if kind == "none" or not tracks:
        return
    if kind not in tracks[-1].flags:
        yield "disposition", sorted(tracks[-1].flags), kind


# ---------------------------------------------------------------- timecode


def frame_number(text, rate):
    """The number of the picture that a timecode names."""
    whole = round(rate)
    hours, minutes, seconds, pictures = (int(part) for part in text.replace(";", ":").split(":"))
    number = ((hours * 60 + minutes) * 60 + seconds) * whole + pictures
    total = hours * 60 + minutes
    return number - (whole // 15) * (total - total // 10) if ";" in text else number


@check
def timecode(case):
    kind = case.item["data"]
    if kind == "none":
        return
    text = "01:02:03;04" if kind == "timecode_drop" else "01:02:03:04"
    right = frame_number(text, case.recipe.rate) + case.first
    got = timecode_of(case)
    if got != right:
        yield "timecode", got, f"{right} ({text} and {case.first})"


def timecode_of(case):
    video, file = case.output.video, case.output.file
    if video.timecode:
        return video.timecode[0]
    texts = [t for tags in (file.tags, *file.track_tags.values()) for k, t in tags.items() if k == "TIMECODE"]
    return frame_number(texts[0], case.recipe.rate) if texts else None
