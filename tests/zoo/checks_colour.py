# SPDX-License-Identifier: GPL-2.0-or-later
"""The checks of colours: what stream and container state, levels, pixel format, HDR metadata."""
import make
import pictures
from checks import check

PRIMARIES = {"BT.709": 1, "BT.601 NTSC": 6, "BT.601 PAL": 5, "BT.2020": 9}
TRANSFER = {"BT.709": 1, "BT.601": 6, "BT.2020 (10-bit)": 14, "PQ": 16, "HLG": 18}
MATRIX = {"BT.709": 1, "BT.601": 6, "BT.470 System B/G": 5, "BT.2020 non-constant": 9, "Identity": 0}
NUMBERS = {"primaries": PRIMARIES, "transfer": TRANSFER, "matrix": MATRIX}
KEYS = {"primaries": "colour_primaries", "transfer": "transfer_characteristics", "matrix": "matrix_coefficients"}


def stated_by_stream(case):
    """The numbers in the VUI, by mediainfo of the bare stream."""
    info = case.output.stream_info
    return {n: NUMBERS[n].get(info[k], info[k]) for n, k in KEYS.items() if k in info}


@check
def colour(case):
    item = case.item
    stream, container = make.stream_colour(item), make.container_colour(item)
    choices = [dict(zip(("primaries", "transfer", "matrix"), make.COLOURS[c][0])) for c in {stream, container} - {None}]
    choices += [c | {"matrix": 5} for c in choices if c["matrix"] == 6 or item["codec"] in ("vp8", "utvideo")]  # 5 is 6
    said, boxed = stated_by_stream(case), {k: v for k, v in case.output.video.colour.items() if k != "range" and v not in (0, 2)}
    if item["pixels"] == "rgb":
        return
    if case.copied:
        if container and container_keeps(case) and boxed not in choices:
            yield "colours", f"container {boxed}", choices
        return
    if not choices:
        implied = {"matrix"} if item["codec"] in ("vp8", "mjpeg", "utvideo") else set()
        if {k: v for k, v in said.items() if v != 2 and k not in implied}:
            yield "colours", f"stream {said}", "not stated"
        return
    if item["operation"] == "clip_copy":
        said = boxed or said  # what is copied keeps its words; the container's count
    if said not in choices:
        yield "colours", f"stream {said}", choices
    if boxed and boxed != said:
        yield "colours", f"container {boxed}, stream {said}", "both the same"


def container_keeps(case):
    return case.item["hdr"] == "none"


@check
def colour_range(case):
    full = case.item["pixels"] == "full420"
    info = case.output.stream_info.get("colour_range", "")
    if case.item["pixels"] == "rgb" or case.copied:
        return
    if full and info != "Full":
        yield "range", info or "not stated", "Full"
    if not full and info == "Full":
        yield "range", "Full", "Limited"
    boxed = case.output.video.colour.get("range")
    if boxed in (1, 2) and (boxed == 2) != full:
        yield "range", f"container {boxed}", 2 if full else 1


@check
def levels(case):
    """The code values of the flat parts: no conversion of range, matrix or planes."""
    if case.item["pixels"] == "rgb" or not case.output.levels:
        return
    if case.recipe.interlaced:
        return  # lines between two fields have levels of their own
    cb, cr, black, white = case.output.levels
    right = [pictures.BLACK, pictures.WHITE]
    if abs(black - right[0]) > 5 or abs(white - right[1]) > 6:
        yield "levels", f"luma {black:.0f} to {white:.0f}", f"{right[0]} to {right[1]}"
    if cb is not None and case.item["pixels"] != "gray" and case.item["codec"] not in ("vp8", "vp9"):
        if abs(cb - pictures.CHROMA[0]) > 5 or abs(cr - pictures.CHROMA[1]) > 5:
            yield "levels", f"chroma {cb:.0f}, {cr:.0f}", pictures.CHROMA


@check
def pixel_format(case):
    form = pictures.Format(case.item["pixels"])
    got = case.output.y4m_format
    depth = 10 if "p10" in got or got == "mono10" else 12 if "p12" in got or got == "mono12" else 8
    shape = "mono" if got.startswith("mono") else got[:3]
    wanted = "mono" if form.gray else {(2, 2): "420", (2, 1): "422", (1, 1): "444"}[form.steps]
    if depth != form.depth and not (case.item["codec"] == "prores" and depth == 12):
        yield "depth", depth, form.depth
    turned = case.output.orientation and pictures.turned_size(case.output.orientation, 1, 2) == (2, 1)
    if turned and wanted == "422" and shape == "444":
        return  # halved in the other direction there is no such format in HEVC; nothing is lost
    if shape != wanted and not (form.gray and shape in ("420", "mono")):
        yield "chroma", shape, wanted


@check
def hdr(case):
    kind = case.item["hdr"]
    if case.copied or kind not in ("pq_static", "pq_container", "mastering_colours"):
        return
    info, boxed = case.output.stream_info, case.output.video.mastering
    luminance = info.get("MasteringDisplay_Luminance", "")
    wanted = {k: v for k, v in make.MASTERING.items() if kind != "mastering_colours" or k not in ("max", "min", "cll", "fall")}
    said = mastering_of(info) if kind != "mastering_colours" or luminance else {}
    for where, found in (("stream", said), ("container", boxed)):
        if found and any(abs(found.get(k, -1) - v) > max(0.0006, abs(v) * 0.002) for k, v in wanted.items() if k in found):
            yield "hdr", f"{where} {found}", wanted
    if missing := [k for k in wanted if k not in said and k not in boxed]:
        yield "hdr", f"{', '.join(missing)} missing", wanted


def mastering_of(info):
    """Mastering display and light levels by mediainfo; its words stand for numbers."""
    found = {}
    text = info.get("MasteringDisplay_ColorPrimaries", "")
    if text == "Display P3":
        found = {k: make.MASTERING[k] for k in ("gx", "gy", "bx", "by", "rx", "ry", "wx", "wy")}
    elif text.startswith("R:"):
        for part, name in zip(text.replace("White point:", "W:").split(","), ("r", "g", "b", "w")):
            pair = part.split(":")[1].replace("x=", "").replace("y=", "").split()
            found |= {name + "x": float(pair[0]), name + "y": float(pair[1])}
    light = info.get("MasteringDisplay_Luminance", "")
    if light:
        words = light.replace(",", " ").split()
        found |= {"min": float(words[1]), "max": float(words[4])}
    for key, name in (("MaxCLL", "cll"), ("MaxFALL", "fall")):
        if info.get(key):
            found[name] = float(str(info[key]).split()[0])
    return found
