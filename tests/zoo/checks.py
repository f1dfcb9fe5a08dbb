# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares what is seen of an output with what the recipe says. Each check yields (fact, got, right) where they differ.

A check knows nothing of warnings: `losses.py` decides which differences are named.
"""
import dataclasses

import edits
import pictures
import recipe as recipes

CHECKS = []
LOSSLESS = ("pcm", "flac", "alac", "truehd", "adpcm")


def check(function):
    CHECKS.append(function)
    return function


@dataclasses.dataclass
class Case:
    """An item with all that is known of it."""
    recipe: recipes.Recipe
    source: object      # Seen of the source: containers' times only
    output: object      # Seen of the output
    cut: recipes.Cut | None
    first: int = 0      # index of the first picture expected, and of the last
    last: int = 0
    anchor: float = 0.0   # the recipe's time at which the output's first picture begins

    @property
    def item(self):
        return self.recipe.item

    @property
    def tick(self):
        """What a time may differ by: both containers' clocks."""
        coarse = {"mkv": 0.001, "webm": 0.001, "mkv_live": 0.001, "flv": 0.001}
        return 0.0006 + coarse.get(self.item["container"], 0.0001) + (0.001 if self.output.path.endswith("mkv") else 0.0001)

    @property
    def copied(self):
        """The pictures are not HEVC, so the checks of HEVC's own words do not apply."""
        return self.output.video.codec not in ("V_MPEGH/ISO/HEVC", "hvc1", "hev1")

    @property
    def begin(self):
        """Before this nothing is kept."""
        return self.anchor if self.cut else -1e9

    @property
    def begin_slack(self):
        """What starts before the range may be cut at its start or at the first picture's."""
        return float(self.recipe.durations[self.first]) if self.cut else 0.0

    def expected_times(self):
        """Times of the pictures from the anchor on, the first one at 0."""
        return [max(0.0, float(t) - self.anchor) for t in self.recipe.times[self.first:self.last + 1]]


def prepare(recipe, source, output, cut):
    """Settles which pictures are expected, by the operation."""
    case = Case(recipe, source, output, cut, 0, len(recipe.times) - 1)
    if cut:
        case.first, case.last = cut.first, cut.last
        case.last = allowed_last(case)
        if recipe.item["operation"] == "clip_copy":
            case.first = max(k for k in recipes.key_pictures(recipe) if k <= cut.first)
        seen_first = first_seen(case)
        if case.first != seen_first and seen_first in allowed_firsts(case):
            case.first = seen_first
    case.anchor = find_anchor(case)
    return case


def allowed_firsts(case):
    """A start inside of a short picture may be taken for the next one; loose containers allow one more."""
    slack = 1 + int(case.recipe.rate / 20) if case.recipe.loose else 0
    after = 0 if case.cut.mid_picture else 1
    if case.item["operation"] == "clip_copy":
        keys = recipes.key_pictures(case.recipe)
        return [k for k in keys if k <= case.cut.first + after + slack][-2:] if case.recipe.loose or len(keys) > 20 else [case.first]
    return range(case.cut.first - slack, case.cut.first + after + slack + 1)


def allowed_last(case):
    """The last picture: as asked; one that was read in a container without times of its own may be off by some. A copy
    ends with what its pictures need to be decoded, which Matroska cannot hide."""
    found = number_index(case, case.output.pictures[-1]) if case.output.pictures else None
    slack = 1 + int(case.recipe.rate / 20) if case.recipe.loose else 0
    needed = 3 if case.item["operation"] == "clip_copy" and case.item["reorder"] != "none" and not case.output.path.endswith(
        (".mp4", ".mov")) else 0
    right = case.cut.last
    return found if found is not None and right - slack <= found <= right + max(slack, needed) else right


def first_seen(case):
    return number_index(case, case.output.pictures[0]) if case.output.pictures else None


def number_index(case, picture):
    """Which picture of the recipe a picture is, by its number."""
    number = first_of(case, picture)
    for n in range(len(case.recipe.numbers)):
        if case.recipe.first_number(n) == number:
            return n
    return None


def find_anchor(case):
    """The first picture begins at its own time, or where the range begins inside of it."""
    own = float(case.recipe.times[case.first])
    times = case.output.times
    if case.cut is None or len(times) < 2 or case.first != case.cut.first:
        return own
    inside = case.cut.start + file_start(case)
    following = float(case.recipe.times[min(case.first + 1, len(case.recipe.times) - 1)])
    step = times[1] - times[0]
    if case.recipe.loose:
        return min(max(following - step, own), following)
    return min((own, inside), key=lambda t: abs(following - t - step))


def file_start(case):
    """The first time of the source file, on the recipe's clock."""
    return source_start(case.recipe, case.source)


def source_start(recipe, source):
    if source is None or source.file is None:
        return min(recipe.picture_start, recipe.sound_start) - recipe.picture_start
    video = min(p.time for p in source.file.of("video")[0].packets)
    starts = [min(p.time for p in t.packets if p.shown) for t in source.file.of("audio") if t.packets]
    return min([video, *(0.0 if -0.1 < s < 0 else s for s in starts)]) - video  # what precedes 0 is priming


# ---------------------------------------------------------------- pictures


@check
def which_pictures(case):
    recipe, got = case.recipe, case.output.pictures
    wanted = range(case.first, case.last + 1)
    firsts = [recipe.first_number(n) for n in wanted]
    seen = [first_of(case, p) for p in got]
    if recipe.interlaced and not case.output.by_fields and is_combed(case, firsts):
        yield "interlacing", "combed pictures flagged progressive", "deinterlaced, or flagged"
        return
    if case.output.by_fields:
        right = [tuple(recipe.numbers[n]) if recipe.interlaced else recipe.numbers[n] * 2 for n in wanted]
        if [p.fields for p in got] != right:
            yield "pictures", short([p.fields for p in got]), short(right)
    elif seen != firsts:
        yield "pictures", short(seen), short(firsts)


def first_of(case, picture):
    """The number that a picture shows. What was deinterlaced keeps the lines of its first field."""
    if case.recipe.interlaced:
        return picture.fields[0 if case.recipe.top_first else 1]
    return picture.whole


def is_combed(case, firsts):
    """Whether the second field's lines show the second field's numbers, in pictures that are one picture by their flags."""
    second = 1 if case.recipe.top_first else 0
    combed = sum(p.fields[second] is not None and p.fields[second] == p.fields[1 - second] + 1
                 for p in case.output.pictures if p.fields[1 - second] is not None)
    return combed > len(firsts) / 4


@check
def field_order(case):
    if case.recipe.interlaced and case.output.by_fields:
        words = {case.output.stream_info.get("ScanOrder", ""), case.output.video_info.get("ScanOrder", ""), case.output.video.fields} - {""}
        good = {"TFF", "top"} if case.recipe.top_first else {"BFF", "bottom"}
        if not words or words - good:
            yield "interlacing", sorted(words), sorted(good)


@check
def all_decodes(case):
    packets = len(case.output.video.packets)
    if packets != case.output.decoded:
        yield "decoding", f"{packets} samples give {case.output.decoded} pictures", "as many"
    if case.output.complaints:
        yield "complaints", case.output.complaints[0], "none"


@check
def times(case):
    got, right = case.output.times, case.expected_times()
    if len(got) != len(right) or not got:
        return
    if case.cut and case.last > case.cut.last:
        right = right[:case.cut.last - case.first + 1]  # those that others need end in a moment
    wrong = [(n, a - got[0], b) for n, (a, b) in enumerate(zip(got, right)) if abs(a - got[0] - b) > case.tick]
    if wrong:
        n, a, b = wrong[0]
        yield "times", f"{len(wrong)} pictures, the first is {n} at {a:.4f}", f"{b:.4f}"


@check
def even_steps(case):
    """A constant rate has equal steps: exactly in MP4, and as a stated duration in Matroska."""
    if case.item["timing"] not in ("constant", "held_last") or len(case.output.times) < 4:
        return
    step = float(1 / case.recipe.rate)
    if case.output.path.endswith(".mkv"):
        stated = case.output.video.step
        if case.item["timing"] == "constant" and (stated is None or abs(stated - step) > 0.00002):
            yield "rate", f"DefaultDuration {stated}", f"{step:.6f}"
        return
    steps = [b - a for a, b in zip(case.output.times[1:], case.output.times[2:])]
    if steps and max(abs(s - step) for s in steps) > 0.0001:
        yield "rate", f"steps of {min(steps):.5f} to {max(steps):.5f}", f"{step:.5f}"


@check
def last_duration(case):
    if not case.output.times or len(case.output.times) != case.last - case.first + 1:
        return
    if case.cut and case.last > case.cut.last:
        return
    right = float(case.recipe.durations[case.last])
    if case.cut and case.cut.duration is not None:
        right = min(right, case.cut.start + case.cut.duration + file_start(case) - float(case.recipe.times[case.last]))
        choices = [right, float(case.recipe.durations[case.last])] if right < 0.15 else [right]
    else:
        choices = [right]
    if case.source.file and case.last == len(case.recipe.times) - 1 and case.item["timing"] != "held_last":
        choices.append(shown_for(case.source.video, case.source.file) or choices[0])  # as the muxer of the source wrote it
    got = shown_for(case.output.video, case.output.file)
    if got is not None and min(abs(got - c) for c in choices) > max(case.tick, 0.002):
        yield "last duration", f"{got:.4f}", " or ".join(f"{c:.4f}" for c in choices)


def shown_for(video, file):
    """How long the last picture is shown."""
    last = max((p for p in video.packets if p.shown), key=lambda p: p.time)
    if last.duration is not None:
        return max(last.duration, min(video.end or 0, track_end(video)) - last.time)
    other_end = max((end_of(t) for t in file.tracks if t is not video and t.packets), default=0)
    if file.duration and file.duration > other_end + 0.02:
        return file.duration - last.time
    # Nothing says how long; not beyond the end of the film, which the header states.
    if video.step and file.duration and file.duration > last.time:
        return min(video.step, file.duration - last.time)
    return video.step


def end_of(track):
    """Where a track of Matroska ends: a last packet without a duration lasts as long as the one before it."""
    packets = sorted(track.packets, key=lambda p: p.time)
    step = packets[-1].time - packets[-2].time if len(packets) > 1 else 0.04
    return packets[-1].time + (packets[-1].duration or step)


def track_end(video):
    """Where the media of a track of MP4 ends: all samples' durations after the first one's time."""
    shown = [p for p in video.packets if p.shown]
    return min(p.time for p in shown) + sum(p.duration for p in shown if p.duration)


# ---------------------------------------------------------------- geometry


@check
def orientation(case):
    turn = case.item["rotation"]
    right = {"roll90": "270"}.get(turn, turn)
    if case.output.orientation is None:
        return
    if case.output.video.orientation == "other":
        yield "rotation", "a matrix that is no turn by quarters", right
        return
    got = pictures.combine(case.output.orientation, case.output.video.orientation)
    if got != right:
        yield "rotation", f"shown as {got} (picture {case.output.orientation}, container {case.output.video.orientation})", right


@check
def visible_size(case):
    video, output = case.output.video, case.output
    left, top = edits.crop_of(case.recipe)
    right = case.recipe.width - 2 * left, case.recipe.height - 2 * top
    got = video.crop or output.size
    if output.orientation:
        wanted = pictures.turned_size(output.orientation, *right)
    else:
        wanted = right
    if tuple(got) != tuple(wanted):
        fact = "crop" if case.item["crop"] != "none" else "size"
        yield fact, "{}x{}".format(*got), "{}x{}".format(*wanted)


@check
def aspect(case):
    right = edits.aspect_of(case.item)
    if case.output.orientation and pictures.turned_size(case.output.orientation, 1, 2) == (2, 1):
        right = 1 / right
    if case.item["crop"] != "none" and list(visible_size(case)):
        return  # the shape of a picture whose crop is lost says nothing
    info = case.output.video_info if case.copied else case.output.stream_info
    stated = float(info.get("PixelAspectRatio_Original") or info.get("PixelAspectRatio") or 1)
    container = case.output.video.aspect
    got = stated if container is None else container
    if abs(got / right - 1) > 0.012:
        yield "aspect", f"{got:.4f} (stream {stated:.3f}, container {container})", f"{right:.4f}"


def short(values):
    values = [v[0] if isinstance(v, tuple) and len(v) == 1 else v for v in values]
    if len(values) <= 10:
        return str(values)
    return f"{len(values)}: {str(values[:5])[:-1]} … {str(values[-4:])[1:]}"
