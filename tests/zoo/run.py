# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs hevcpool on a medium as an item asks, and keeps what it says: exit code, state, warnings, output."""
import dataclasses
import json
import os
import subprocess

MODES = {"clip_copy": [], "clip_smart": ["--smart"], "clip_exact": ["--exact"]}


@dataclasses.dataclass
class Answer:
    command: list
    code: int
    done: dict
    warnings: list
    output: str | None
    errors: str

    @property
    def ok(self):
        return self.code == 0 and self.done.get("status") == "ok" and self.output is not None


def command_for(program, item, source, folder, cut, strict=False):
    """The command line of an item."""
    target = os.path.join(folder, "out")
    container = item["output"]
    if item["operation"].startswith("clip"):
        command = [program, "clip", source, *MODES[item["operation"]], "--start", str(cut.start)]
        out = target if container == "auto" else os.path.join(target, "clip." + container)
    else:
        command = [program, "encode", source, "--reencode", "--container", container]
        command += ["--split", "1"] if item["operation"] == "split" else []
        command += ["--start", str(cut.start)] if item["operation"] == "range" else []
        command += ["--strict"] if strict else []
        out = target
    if item["operation"] not in ("encode", "split") and cut.duration is not None:
        command += ["--duration", str(cut.duration)]
    os.makedirs(target, exist_ok=True)
    return command + ["--preset", "ultrafast", "--crf", "20", "-j", "1", "-o", out, "--overwrite", "--json"]


def run(command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
    events = []
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        try:
            events.append(json.loads(line))
        except ValueError:
            pass
    final = next((e for e in events if e.get("event") == "done"), {})
    warnings = [text_of(w) for e in events if e.get("event") in ("plan", "done") for w in e.get("warnings") or []]
    warnings += [text_of(w) for w in (final.get("result") or {}).get("warnings") or []]
    output = final.get("output")
    if not (output and os.path.isfile(output)):
        output = None
    return Answer(command, done.returncode, final, list(dict.fromkeys(warnings)), output, done.stderr.decode("utf-8", "replace"))


def text_of(warning):
    """A warning is a sentence, or an object with code and message."""
    return f"{warning.get('code', '')}: {warning.get('message', '')}" if isinstance(warning, dict) else str(warning)
