# SPDX-License-Identifier: GPL-2.0-or-later
"""One item from beginning to end: make it, run hevcpool, look at the result, compare."""
import dataclasses
import os
import shutil
import tempfile
import traceback

import checks
import checks_colour  # noqa: F401  registers its checks
import checks_labels  # noqa: F401  registers its checks
import checks_sound   # noqa: F401
import losses
import make
import observe
import recipe as recipes
import run


@dataclasses.dataclass
class Verdict:
    """`problems`: (fact, got, right) that nothing names. `named`: (fact, warning). `fault`: the zoo's own failure."""
    item: dict
    problems: list = dataclasses.field(default_factory=list)
    named: list = dataclasses.field(default_factory=list)
    fault: str = ""
    command: list = dataclasses.field(default_factory=list)

    @property
    def wrong(self):
        return bool(self.problems)


def judge(item, program, keep=None):
    """Makes and checks one item, in a folder of its own that is removed unless `keep` names one."""
    folder = keep or tempfile.mkdtemp(prefix="zoo")
    os.makedirs(folder, exist_ok=True)
    try:
        return judge_in(item, program, folder)
    except make.CannotMake as problem:
        return Verdict(item, fault=f"cannot make: {problem}")
    except Exception:  # noqa: BLE001  a fault of the zoo is reported, it does not end the run
        return Verdict(item, fault=traceback.format_exc())
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def judge_in(item, program, folder):
    recipe = recipes.make_recipe(item)
    path = make.make(recipe, folder)
    source = look_at_source(recipe, path, folder)
    if fault := source_fault(recipe, source):
        return Verdict(item, fault=fault)
    cut = None
    if item["operation"] not in ("encode", "split"):
        cut = recipes.choose_cut(recipe, checks.source_start(recipe, source))
    command = run.command_for(program, item, path, folder, cut)
    answer = run.run(command)
    verdict = Verdict(item, command=command)
    if not answer.ok:
        verdict.problems.append(("result", message_of(answer), "an output"))
        return verdict
    compare(recipe, source, answer, cut, folder, verdict)
    if verdict.named and not verdict.wrong and not item["operation"].startswith("clip"):
        check_strict(item, program, path, folder, cut, verdict)
    return verdict


def message_of(answer):
    error = answer.done.get("error") or {}
    return f"exit {answer.code}: {error.get('message') or answer.done.get('reason') or answer.errors[-300:]}"


def look_at_source(recipe, path, folder):
    if recipe.item["audio"] == "none" or recipe.item["audio"].startswith(checks.LOSSLESS):
        return observe.Seen(path, observe.read_container(path))
    count = len(recipes.speakers(recipe))
    return observe.observe(path, folder, count, with_pictures=False, second_look=False)


def source_fault(recipe, source):
    """Whether the medium is what the recipe says, as far as the container's own reader can see."""
    if source.file is None:
        return ""
    videos = source.file.of("video")
    if len(videos) != 1:
        return f"{len(videos)} video tracks"
    times = sorted(p.time for p in videos[0].packets)
    if len(times) != len(recipe.times):
        return f"{len(times)} pictures, not {len(recipe.times)}"
    off = [abs(t - times[0] - float(r)) for t, r in zip(times, recipe.times)]
    if max(off) > 0.0021:
        return f"a picture is off by {max(off):.4f} s"
    if fault := last_duration_fault(recipe, source):
        return fault
    for n, sound in enumerate(source.sounds):
        found = sound.beeps()
        right = recipe.sound_start + recipe.beeps[0] - recipe.picture_start
        if not found or abs(found[0] - times[0] - right) > 0.05:
            return f"the sound {n} of the source beeps at {found[:2]}, the picture starts at {times[0]:.3f}"
    return ""


def last_duration_fault(recipe, source):
    """A last picture that is held: the sample's duration in MP4, the segment's in Matroska."""
    if recipe.item["timing"] != "held_last":
        return ""
    last = max(source.file.of("video")[0].packets, key=lambda p: p.time)
    found = last.duration or (source.file.duration or 0) - last.time
    right = float(recipe.durations[-1])
    return "" if abs(found - right) < 0.03 else f"the last picture of the source lasts {found:.3f} s"


def compare(recipe, source, answer, cut, folder, verdict):
    """Runs all checks and sorts what they find into wrong and named."""
    rgb = recipe.item["pixels"] == "rgb" and recipe.item["operation"] == "clip_copy"
    output = observe.observe(answer.output, folder, None, rgb=rgb)
    if output.file is None:
        verdict.problems.append(("container", "unknown", "MP4 or Matroska"))
        return
    if not output.file.of("video"):
        verdict.problems.append(("pictures", "no video track", "one"))
        return
    case = checks.prepare(recipe, source, output, cut)
    for check in checks.CHECKS:
        for fact, got, right in check(case):
            warning = losses.named(fact, answer.warnings)
            if warning:
                verdict.named.append((fact, warning))
            else:
                verdict.problems.append((fact, got, right))


def check_strict(item, program, path, folder, cut, verdict):
    shutil.rmtree(os.path.join(folder, "out"), ignore_errors=True)
    answer = run.run(run.command_for(program, item, path, folder, cut, strict=True))
    if answer.code != 1:
        fact, warning = verdict.named[0]
        verdict.problems.append(("strict", f"accepts although: {warning}", f"refuses the loss of {fact}"))
