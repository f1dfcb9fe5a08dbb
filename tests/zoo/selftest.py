#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does the oracle notice? Right outputs are made without hevcpool and must pass; then each kind of loss is put into
one, and the check that is responsible must find it.

    selftest.py [NAME...]      exit code 0 when every loss was noticed and nothing else was reported
"""
import copy
import os
import shutil
import subprocess
import sys
import tempfile

import checks
import dimensions
import edits
import make
import observe
import oracle
import pictures
import recipe as recipes
import rules
import run
import sounds

MP4 = {"container": "mp4", "codec": "hevc", "reorder": "bframes", "audio": "aac", "layout": "5.1", "rotation": "90", "aspect": "both",
       "colour": "stream709", "tracks": "two", "language": "ger", "subtitles": "mov_text", "chapters": "plain", "tags": "common",
       "attachment": "cover", "data": "timecode", "rate": "30000/1001"}
MKV = {"container": "mkv", "codec": "hevc", "pixels": "yuv420p10", "hdr": "pq_static", "audio": "flac", "layout": "stereo", "tracks": "two",
       "language": "bcp47", "subtitles": "srt", "chapters": "nested", "tags": "custom", "attachment": "both", "disposition": "commentary",
       "start": "picture_late"}
GAP = {"container": "mkv", "codec": "hevc", "audio": "opus", "layout": "5.1", "gap": "gap", "chapters": "hidden", "subtitles": "ass",
       "disposition": "forced", "tags": "track_titles", "tracks": "two", "aspect": "container4:3", "crop": "sides"}
HELD = {"container": "mov", "codec": "hevc", "audio": "pcm_f32le", "level": "above_full", "timing": "held_last", "tags": "camera_keys",
        "pixels": "yuv422p", "language": "ger"}
FIELDS = {"container": "mkv", "codec": "hevc", "audio": "none"}
BASES = {"mp4": MP4, "mkv": MKV, "gap": GAP, "held": HELD, "fields": FIELDS}


def plain(values):
    item = {name: choices[0] for name, choices in dimensions.DIMENSIONS.items()} | values
    if not rules.allowed(item):
        raise ValueError(f"the rules exclude {values}")
    return item


# ---------------------------------------------------------------- ways to lose something


def with_item(**changes):
    """The output is made as if the source had had other values."""
    def change(recipe):
        other = recipes.make_recipe(recipe.item | changes)
        return other
    return change


def without_picture(recipe):
    del recipe.numbers[7], recipe.times[-1], recipe.durations[-1]


def twice(recipe):
    recipe.numbers[7] = recipe.numbers[6]


def swapped(recipe):
    recipe.numbers[7], recipe.numbers[8] = recipe.numbers[8], recipe.numbers[7]


def sound_later(recipe):
    recipe.sound_start += 0.021


def shorter_sound(recipe):
    recipe.sound_length -= 0.2


def woven(recipe):
    """Two pictures in the lines of one."""
    recipe.numbers = recipes.picture_numbers("top", len(recipe.times))


def patched(module, name, value):
    """The output is made while a constant of the zoo has another value."""
    def change(recipe):
        return None
    change.patch = (module, name, value)
    return change


def edited(function):
    """The output is right first, and its file edited then."""
    def change(recipe):
        return None
    change.edit = function
    return change


def turn_mirrored(path):
    movie = edits.Movie(path)
    movie.set_matrix("hflip90", 96, 64)
    movie.save()


def wrong_container_colour(path):
    movie = edits.Movie(path)
    movie.set_colour((9, 16, 9))
    movie.save()


def damage(path):
    """Noise in the middle of a picture's data."""
    file = observe.read_container(path)
    payload = max(file.of("video")[0].packets[3:], key=lambda p: len(p.data)).data
    with open(path, "r+b") as out:
        at = out.read().index(payload)
        out.seek(at + len(payload) // 3)
        out.write(bytes(range(7, 7 + min(40, len(payload) // 3))))


def cut_off(path):
    os.truncate(path, os.path.getsize(path) * 6 // 10)


def without_rate(path):
    subprocess.run(["mkvpropedit", "-q", path, "--edit", "track:v1", "--delete", "default-duration"], check=True, capture_output=True)


def all_seen(start, made=edits.CHAPTERS_XML["hidden"]):
    return made(start).replace("Hidden>1", "Hidden>0")


SWAPPED = sounds.TONES | {"FL": sounds.TONES["FR"], "FR": sounds.TONES["FL"]}
CENTRE = sounds.TONES | {"FC": sounds.TONES["BL"], "BL": sounds.TONES["FC"]}
LATER_CUES = [(a + 0.05, b + 0.05, text) for a, b, text in recipes.CUES]
LATER_CHAPTERS = {"plain": [(0.0, 0.65, "Begin"), (0.65, 1.2, "Ende Ω")]}

# (base, what is lost, how, the fact that must be reported)
LOSSES = [
    ("mp4", "a picture", without_picture, "pictures"), ("mp4", "a picture, another one twice", twice, "pictures"),
    ("mp4", "the order of two pictures", swapped, "pictures"), ("mp4", "the sound's start by 21 ms", sound_later, "sync"),
    ("mp4", "the rotation", with_item(rotation="0"), "rotation"), ("mp4", "the rotation's sense", with_item(rotation="270"), "rotation"),
    ("mp4", "the rotation, mirrored", edited(turn_mirrored), "rotation"), ("mp4", "the pixels' shape", with_item(aspect="square"), "aspect"),
    ("mp4", "the colours", with_item(colour="none"), "colours"), ("mp4", "the right colours", with_item(colour="stream601"), "colours"),
    ("mp4", "the container's colours", edited(wrong_container_colour), "colours"),
    ("mp4", "the constant rate", with_item(timing="uneven", data="none"), "times"),
    ("mp4", "left and right", patched(sounds, "TONES", SWAPPED), "channels"),
    ("mp4", "the centre, which comes from behind", patched(sounds, "TONES", CENTRE), "channels"),
    ("mp4", "a language", with_item(language="none"), "language"), ("mp4", "the second sound", with_item(tracks="one"), "sound tracks"),
    ("mp4", "a surround layout", with_item(layout="stereo"), "channels"), ("mp4", "the end of the sound", shorter_sound, "sound length"),
    ("mp4", "the subtitles", with_item(subtitles="none"), "subtitles"),
    ("mp4", "a subtitle", patched(recipes, "CUES", recipes.CUES[:1]), "subtitles"),
    ("mp4", "the subtitles' times", patched(recipes, "CUES", LATER_CUES), "subtitle times"),
    ("mp4", "the chapters", with_item(chapters="none"), "chapters"),
    ("mp4", "a chapter's time", patched(recipes, "CHAPTERS", LATER_CHAPTERS), "chapter times"),
    ("mp4", "the tags", with_item(tags="none"), "tags"), ("mp4", "the cover", with_item(attachment="none"), "attachment"),
    ("mp4", "the timecode", with_item(data="none"), "timecode"), ("mp4", "some data of a picture", edited(damage), "pictures"),
    ("mkv", "HDR metadata", with_item(hdr="pq"), "hdr"), ("mkv", "HDR altogether", with_item(hdr="none"), "colours"),
    ("mkv", "bit depth", with_item(pixels="yuv420p", hdr="none"), "depth"), ("mkv", "the late start", with_item(start="zero"), "sync"),
    ("mkv", "a BCP 47 language", with_item(language="ger"), "language"), ("mkv", "nested chapters", with_item(chapters="plain"), "chapters"),
    ("mkv", "a tag of one's own", with_item(tags="common"), "tags"), ("mkv", "a font", with_item(attachment="cover"), "attachment"),
    ("mkv", "a flag", with_item(disposition="none"), "disposition"), ("mkv", "the stated rate", edited(without_rate), "rate"),
    ("mkv", "the rest of the file", edited(cut_off), "pictures"), ("mkv", "the subtitles", with_item(subtitles="none"), "subtitles"),
    ("gap", "the gap", with_item(gap="none"), "sync"), ("gap", "a hidden chapter's flag", patched(edits, "CHAPTERS_XML",
     edits.CHAPTERS_XML | {"hidden": all_seen}), "chapter kinds"),
    ("gap", "a forced flag", with_item(disposition="none"), "disposition"), ("gap", "tracks' titles", with_item(tags="none"), "tags"),
    ("gap", "the pixels' shape", with_item(aspect="square"), "aspect"), ("gap", "the crop", with_item(crop="none"), "crop"),
    ("gap", "left and right", patched(sounds, "TONES", SWAPPED), "channels"),
    ("held", "the last picture's time", with_item(timing="constant"), "last duration"),
    ("held", "what is above full scale", with_item(level="normal"), "level"), ("held", "camera keys", with_item(tags="none"), "tags"),
    ("held", "chroma", with_item(pixels="yuv420p"), "chroma"), ("held", "white", patched(pictures, "WHITE", 190), "levels"),
    ("held", "limited range", with_item(pixels="full420"), "range"), ("held", "size", with_item(size="128x72"), "size"),
    ("fields", "the field flags", woven, "interlacing"),
]


# ---------------------------------------------------------------- running


def build(recipe, change, folder):
    """Makes an output with a loss in it and returns its path."""
    os.makedirs(folder, exist_ok=True)
    recipe = copy.deepcopy(recipe)
    recipe = (change(recipe) if change else None) or recipe
    patch = getattr(change, "patch", None)
    kept = getattr(patch[0], patch[1]) if patch else None
    try:
        if patch:
            setattr(patch[0], patch[1], patch[2])
        path = make.make(recipe, folder)
    finally:
        if patch:
            setattr(patch[0], patch[1], kept)
    if edit := getattr(change, "edit", None):
        edit(path)
    return path


def facts(recipe, source, path, folder):
    """What the oracle reports of an output."""
    verdict = oracle.Verdict(recipe.item)
    answer = run.Answer([], 0, {"status": "ok"}, [], path, "")
    oracle.compare(recipe, source, answer, None, folder, verdict)
    return verdict.problems


def expected_recipe(base):
    """The recipe that an output is held against. Pictures woven of two need an interlaced one."""
    recipe = recipes.make_recipe(plain(BASES[base]))
    if base == "fields":
        recipe = recipes.make_recipe(recipe.item | {"codec": "h264", "fields": "top"})
    return recipe


def made_recipe(base):
    return recipes.make_recipe(plain(BASES[base]))


def test_base(base, top):
    """A right output passes. Returns the source as the oracle sees it."""
    folder = os.path.join(top, base)
    recipe = made_recipe(base)
    path = build(recipe, None, folder)
    source = oracle.look_at_source(recipe, path, folder)
    found = facts(recipe, source, path, folder)
    report(not found, f"{base}: a right output", "; ".join(map(str, found)) or "nothing to report")
    return source, not found


def test_loss(base, name, change, fact, source, top):
    folder = os.path.join(top, "loss")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        path = build(made_recipe(base), change, folder)
        found = facts(expected_recipe(base), source, path, folder)
    except (make.CannotMake, ValueError, IndexError, subprocess.CalledProcessError) as problem:
        found = [("error", str(problem)[-300:], "")]
    good = any(problem[0] == fact for problem in found)
    report(good, f"{base}: {name}", f"wanted {fact}, found {sorted({p[0] for p in found})}" + ("" if good else f" {found}"))
    return good


def report(good, name, detail):
    print(f"{'ok   ' if good else 'WRONG'} {name}: {detail}", flush=True)


def main():
    chosen = sys.argv[1:]
    top = tempfile.mkdtemp(prefix="zoo")
    results = []
    try:
        for base in BASES:
            if chosen and base not in chosen:
                continue
            source, good = test_base(base, top)
            results.append(good)
            results += [test_loss(*loss, source, top) for loss in LOSSES if loss[0] == base]
    finally:
        shutil.rmtree(top, ignore_errors=True)
    print(f"{sum(results)} of {len(results)} right")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
