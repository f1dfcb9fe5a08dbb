# SPDX-License-Identifier: GPL-2.0-or-later
"""Which values cannot meet. A rule names the dimensions that it looks at, and answers False where their values cannot
meet; it is asked as soon as all of them are chosen, so that the rules also judge an unfinished item.
"""
from dimensions import AUDIO, CODECS, DIMENSIONS, LAYOUTS, MATROSKA, MOVIES, PIXELS, RATES, SUBTITLES

RULES = []


def rule(*needed):
    """Registers a rule and the dimensions that it looks at."""
    def register(function):
        RULES.append((frozenset(needed), function))
        return function
    return register


@rule("container", "codec")
def codec_fits(container, codec):
    return codec in CODECS[container]


@rule("codec", "pixels")
def pixels_fit(codec, pixels):
    return pixels in PIXELS[codec]


@rule("container", "pixels")
def container_holds_pixels(container, pixels):
    """MXF and PS name few profiles; FFmpeg writes MPEG-2 4:2:2 there, H.264 only as 4:2:0 or 4:2:2."""
    return container not in ("mxf", "flv", "mpg") or pixels in ("yuv420p", "yuv422p")


@rule("container", "audio")
def audio_fits(container, audio):
    return audio == "none" or audio in AUDIO[container]


@rule("audio", "layout")
def layout_fits(audio, layout):
    if audio == "none":
        return layout == "stereo"
    return layout in LAYOUTS.get(audio, set(DIMENSIONS["layout"]))


@rule("container", "layout")
def layout_is_written(container, layout):
    """What has no channel mask in the container is plain there."""
    if container == "flv":
        return layout in ("stereo", "mono", "5.1")
    return container not in ("mxf", "nut", "ts") or layout in ("stereo", "mono", "5.1", "5.1(side)", "5.0", "3.0")


@rule("container", "audio", "layout")
def flac_layout_is_written(container, audio, layout):
    """FLAC says a layout that is not the usual one of so many channels in a comment, which only Matroska keeps."""
    return audio != "flac" or container in ("mkv", "mkv_live") or layout not in ("2.1", "5.1(side)")


@rule("container", "audio", "layout")
def pcm_layout_is_written(container, audio, layout):
    """Matroska, NUT and MXF do not say which channels PCM has."""
    bare = container in ("mkv", "mkv_live", "nut", "mxf") and audio.startswith("pcm")
    return not bare or layout in ("stereo", "mono")


@rule("container", "rate", "codec")
def rate_fits(container, rate, codec):
    if container == "mxf" and rate not in ("25", "24000/1001", "30000/1001", "50", "24", "60000/1001"):
        return False
    return rate in RATES.get(codec, set(DIMENSIONS["rate"]))


@rule("container", "timing")
def timing_fits(container, timing):
    if timing == "constant":
        return True
    if timing == "held_last":
        return container in ("mp4", "mov", "mkv")
    return container in MOVIES | MATROSKA | {"nut", "flv"}


@rule("timing", "start")
def held_starts_at_zero(timing, start):
    """FFmpeg's filter for packet durations moves the first picture of a late start."""
    return timing != "held_last" or start in ("zero", "sound_late")


@rule("timing", "reorder")
def held_is_in_order(timing, reorder):
    """The last sample of a track is then the last picture."""
    return timing != "held_last" or reorder == "none"


@rule("codec", "timing", "reorder")
def uneven_pictures_fit(codec, timing, reorder):
    """MPEG-2's and MPEG-4's clocks count whole pictures, so no uneven steps there."""
    return timing in ("constant", "held_last") or codec not in ("mpeg2", "mpeg4")


@rule("timing", "fields")
def fields_are_constant(timing, fields):
    return timing == "constant" or fields == "progressive"


@rule("container", "start")
def start_fits(container, start):
    """AVI, MXF and PS are written without gaps at the start."""
    return start == "zero" or container in MOVIES | {"mkv", "webm", "mkv_live", "ts", "flv", "nut"}


@rule("audio", "start")
def start_needs_two_streams(audio, start):
    return audio != "none" or start in ("zero", "both_late")


@rule("container", "codec", "reorder")
def reorder_fits(container, codec, reorder):
    if reorder == "none":
        return True
    if container == "avi" or (container, codec) == ("mxf", "h264") or codec not in ("h264", "hevc", "mpeg2", "mpeg4"):
        return False
    return reorder == "bframes" or codec in ("h264", "hevc")


@rule("container", "codec", "fields")
def fields_fit(container, codec, fields):
    if fields == "progressive":
        return True
    if fields.endswith("_container"):
        return (container, codec) in {("mkv", "ffv1"), ("mkv", "utvideo"), ("mkv", "huffyuv"), ("mov", "mjpeg"),
                                      ("mkv", "mjpeg"), ("mov", "utvideo")}
    return codec in ("h264", "mpeg2", "prores") and container != "mxf"


@rule("fields", "rotation")
def fields_are_upright(fields, rotation):
    """Lines that were turned or mirrored with the picture are not the fields' any more."""
    return fields == "progressive" or rotation == "0"


@rule("fields", "pixels")
def fields_have_lines(fields, pixels):
    return fields == "progressive" or pixels not in ("gray", "rgb")


@rule("fields", "size")
def fields_are_even(fields, size):
    return fields == "progressive" or size in ("96x64", "128x72")


@rule("codec", "size")
def size_fits(codec, size):
    return codec != "huffyuv" or size != "100x70"


@rule("codec", "container", "colour")
def colour_fits(codec, container, colour):
    """VP9 says the matrix only; of JPEG, MPEG-4 and the lossless codecs the stream says nothing."""
    if colour == "none":
        return True
    in_stream = codec in ("h264", "hevc", "mpeg2")
    in_container = container in ("mkv", "mp4", "mov", "webm", "fmp4") and codec not in ("mpeg4",)
    if colour.startswith("stream"):
        return in_stream and (colour != "stream2020" or codec != "mpeg2")
    if colour == "conflict":
        return in_container and codec == "h264"
    return in_container and codec in ("h264", "hevc", "ffv1", "utvideo", "vp9", "vp8", "huffyuv")


@rule("pixels", "colour", "hdr")
def colour_of_pixels(pixels, colour, hdr):
    if pixels in ("rgb", "gray") and (colour != "none" or hdr != "none"):
        return False
    return hdr == "none" or (colour == "none" and pixels in ("yuv420p10", "yuv422p10", "yuv444p10"))


@rule("container", "codec", "hdr")
def hdr_fits(container, codec, hdr):
    if hdr in ("none",):
        return True
    if hdr in ("pq", "hlg"):
        return codec in ("h264", "hevc")
    if hdr == "pq_static":
        return codec == "hevc"
    return container == "mkv" and codec in ("h264", "hevc", "vp9", "ffv1")


@rule("codec", "hdr", "fields")
def hdr_is_progressive(codec, hdr, fields):
    return hdr == "none" or fields == "progressive"


@rule("container", "rotation")
def rotation_fits(container, rotation):
    if rotation == "0":
        return True
    if rotation == "roll90":
        return container == "mkv"
    return container in MOVIES


@rule("container", "codec", "aspect")
def aspect_fits(container, codec, aspect):
    if aspect == "square":
        return True
    if aspect == "stream4:3":
        return codec in ("h264", "hevc", "mpeg4")  # MPEG-2 states the shape of the picture, of few kinds
    if container not in ("mkv", "mp4", "mov", "fmp4"):
        return False
    if aspect in ("container4:3", "wide_container"):
        return codec != "mpeg2"
    return codec in ("h264", "hevc")


@rule("codec", "container", "crop")
def crop_fits(codec, container, crop):
    return crop == "none" or container in ("mkv", "mp4", "mov")


@rule("crop", "fields", "rotation")
def crop_is_alone(crop, fields, rotation):
    return crop == "none" or (fields == "progressive")


@rule("audio", "level")
def level_fits(audio, level):
    return level == "normal" or audio in ("pcm_f32le", "pcm_f32be")


@rule("container", "codec", "subtitles")
def mkvmerge_keeps_times(container, codec, subtitles):
    """mkvmerge counts the pictures of codecs without Matroska times of their own anew."""
    return subtitles != "webvtt_mkvmerge" or codec in ("h264", "hevc", "vp8", "vp9")


@rule("container", "audio", "gap")
def gap_fits(container, audio, gap):
    """A gap needs times in the container, and packets of one known length."""
    return gap == "none" or (audio in ("aac", "mp3", "ac3", "opus", "mp2") and
                             container in ("mkv", "mp4", "mov", "ts", "webm", "flv"))


@rule("audio", "tracks")
def tracks_fit(audio, tracks):
    return tracks == "one" or audio != "none"


@rule("container", "tracks")
def container_holds_tracks(container, tracks):
    return tracks == "one" or container in ("mkv", "mp4", "mov", "ts", "nut", "mxf", "mkv_live")


@rule("container", "language", "audio")
def language_fits(container, language, audio):
    if language == "none":
        return True
    if audio == "none":
        return False
    if language == "bcp47":
        return container in ("mkv", "webm")
    if language == "bibliographic" and container == "mov":
        return False  # FFmpeg writes no French into MOV under that name
    return container in ("mkv", "mp4", "mov", "ts", "webm", "mkv_live", "fmp4")


@rule("container", "subtitles")
def subtitles_fit(container, subtitles):
    return subtitles == "none" or subtitles in SUBTITLES.get(container, set())


@rule("container", "chapters")
def chapters_fit(container, chapters):
    if chapters in ("none",):
        return True
    if chapters == "plain":
        return container in ("mkv", "mp4", "mov")
    return container == "mkv"


@rule("container", "chapters", "start")
def chapters_start(container, chapters, start):
    """FFmpeg's chapter track in MP4 begins at 0, whatever the first chapter's time."""
    return chapters == "none" or container == "mkv" or start in ("zero", "sound_late")


@rule("container", "tags")
def tags_fit(container, tags):
    if tags == "none":
        return True
    if tags == "camera_keys":
        return container == "mov"
    if tags in ("custom", "track_titles"):
        return container in ("mkv",)
    return container in ("mkv", "mp4", "mov", "flv", "webm", "nut")


@rule("container", "attachment")
def attachment_fits(container, attachment):
    if attachment == "none":
        return True
    return container == "mkv" or (attachment == "cover" and container == "mp4")


@rule("container", "data", "rate", "timing")
def data_fits(container, data, rate, timing):
    if data == "none":
        return True
    if container not in ("mov", "mp4") or timing != "constant" or rate in ("15", "12.5"):
        return False
    return data == "timecode" or rate in ("30000/1001", "60000/1001")


@rule("container", "disposition", "subtitles", "tracks")
def disposition_fits(container, disposition, subtitles, tracks):
    if disposition == "none":
        return True
    if container != "mkv":
        return False
    return subtitles in ("srt", "ass") if disposition == "forced" else tracks == "two"


@rule("container", "operation", "output")
def output_can_be_read(container, operation, output):
    """A clip without a container of its own keeps its source's; the zoo reads MP4 and Matroska in full."""
    return not operation.startswith("clip") or output != "auto" or container in MOVIES | MATROSKA


@rule("operation", "cut")
def cut_fits(operation, cut):
    return cut == "boundary" or operation not in ("encode", "split")


@rule("container", "operation")
def operation_fits(container, operation):
    """A copied clip needs a container that its codec can be copied into; smart clips are HEVC or encoded."""
    return not operation.startswith("clip") or container not in ("mxf", "mpg")


@rule("operation", "output", "codec", "pixels")
def copies_fit(operation, output, codec, pixels):
    """What `clip` copies must be able to live in the container that is asked for."""
    if operation != "clip_copy" or output == "auto":
        return True
    into = {"mkv": CODECS["mkv"], "mp4": {"h264", "hevc", "mpeg4", "vp9"}, "mov": {"h264", "hevc", "prores", "mpeg4"}}
    return codec in into[output]


def allowed(chosen):
    """Whether the values chosen so far can meet. `chosen` maps dimensions to values."""
    return all(check(**{name: chosen[name] for name in needed})
               for needed, check in RULES if needed <= chosen.keys())


def allowed_with(chosen, name):
    """The same, looking only at the rules that name the dimension chosen last."""
    return all(check(**{each: chosen[each] for each in needed})
               for needed, check in RULES if name in needed and needed <= chosen.keys())
