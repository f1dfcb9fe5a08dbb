# SPDX-License-Identifier: GPL-2.0-or-later
"""Which differences are named losses: a warning that speaks of the fact. A warning of another kind does not count."""
import re

WORDS = {
    "colours": r"colou?r|primaries|transfer char|BT\.", "range": r"range|colou?r", "hdr": r"mastering|light level|luminance|HDR",
    "rotation": r"rotat|matrix|turn|mirror|flip|roll|orient", "crop": r"crop|clean aperture|clap", "aspect": r"aspect|shape|pixel",
    "depth": r"bit", "chroma": r"4:2|4:4|chroma|grey|gray", "levels": r"RGB",
    "interlacing": r"interlac|field|comb",
    "sound tracks": r"audio|sound", "channels": r"channel|layout", "layout": r"channel|layout", "level": r"float|clip|full scale",
    "subtitles": r"subtitle|webvtt|ass|subrip|text", "subtitle times": r"subtitle", "chapters": r"chapter|edition",
    "chapter kinds": r"chapter|edition", "chapter times": r"chapter", "tags": r"tag|title|label|metadata", "language": r"language",
    "attachment": r"attach|font|cover|picture|ttf", "disposition": r"label|disposition|flag|forced|comment|impaired",
    "timecode": r"timecode",
}


def named(fact, warnings):
    """The warning that names the loss of a fact, or None."""
    pattern = WORDS.get(fact)
    return next((w for w in warnings if pattern and re.search(pattern, w, re.IGNORECASE)), None)
