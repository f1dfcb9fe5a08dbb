# SPDX-License-Identifier: GPL-2.0-or-later
"""What an item of the zoo can be: the dimensions and their values, and what each container and codec can hold.

The first value of a dimension is the plain one. Which values cannot meet: `rules.py`.
"""

DIMENSIONS = {
    "container": ["mkv", "mp4", "mov", "ts", "avi", "flv", "webm", "fmp4", "mxf", "nut", "mkv_live", "mpg"],
    "codec": ["h264", "hevc", "mpeg2", "mpeg4", "vp9", "vp8", "prores", "mjpeg", "ffv1", "utvideo", "huffyuv"],
    "rate": ["25", "24000/1001", "30000/1001", "50", "24", "60000/1001", "30", "60", "15", "12.5"],
    "timing": ["constant", "uneven", "standing", "held_last"],
    "start": ["zero", "picture_late", "sound_late", "both_late"],
    "reorder": ["none", "bframes", "pyramid"],
    "fields": ["progressive", "top", "bottom", "top_container", "bottom_container"],
    "pixels": ["yuv420p", "yuv420p10", "yuv422p", "yuv444p", "yuv422p10", "yuv444p10", "full420", "rgb", "gray", "yuv420p12"],
    "size": ["96x64", "128x72", "100x70", "112x84"],
    "colour": ["none", "stream709", "stream601", "stream2020", "container601", "container709", "conflict"],
    "hdr": ["none", "pq", "hlg", "pq_static", "pq_container", "mastering_colours"],
    "rotation": ["0", "90", "180", "270", "hflip", "roll90"],
    "aspect": ["square", "stream4:3", "container4:3", "both", "conflict", "wide_container"],
    "crop": ["none", "sides", "all"],
    "audio": ["aac", "none", "mp3", "ac3", "opus", "flac", "pcm_s16le", "vorbis", "mp2", "eac3", "alac", "pcm_s24le",
              "pcm_s16be", "pcm_f32le", "pcm_f32be", "pcm_u8", "adpcm_ms", "dts", "truehd", "wmav2", "pcm_s32le",
              "pcm_s24be", "adpcm_ima_wav"],
    "layout": ["stereo", "mono", "5.1", "5.1(side)", "3.0", "2.1", "quad", "5.0", "4.0", "6.1", "7.1"],
    "level": ["normal", "above_full"],
    "gap": ["none", "gap"],
    "tracks": ["one", "two"],
    "language": ["none", "ger", "bcp47", "bibliographic"],
    "subtitles": ["none", "srt", "ass", "mov_text", "webvtt", "webvtt_mkvmerge"],
    "chapters": ["none", "plain", "late_first", "nested", "hidden", "two_editions"],
    "tags": ["none", "common", "custom", "camera_keys", "track_titles"],
    "attachment": ["none", "font", "cover", "both"],
    "data": ["none", "timecode", "timecode_drop"],
    "disposition": ["none", "forced", "commentary", "impaired"],
    "operation": ["encode", "range", "clip_copy", "clip_smart", "clip_exact", "split"],
    "cut": ["boundary", "middle", "to_end"],
    "output": ["auto", "mkv", "mp4", "mov"],
}

MOVIES = {"mp4", "mov", "fmp4"}
MATROSKA = {"mkv", "webm", "mkv_live"}
INTRA = {"prores", "mjpeg", "ffv1", "utvideo", "huffyuv"}

CODECS = {
    "mkv": set(DIMENSIONS["codec"]), "mkv_live": {"h264", "hevc", "mpeg2", "vp9", "vp8", "mpeg4", "mjpeg", "ffv1"},
    "nut": {"h264", "mpeg2", "mpeg4", "mjpeg", "ffv1", "utvideo", "huffyuv"},
    "mp4": {"h264", "hevc", "mpeg4", "vp9", "mjpeg", "mpeg2"}, "fmp4": {"h264", "hevc", "vp9"},
    "mov": {"h264", "hevc", "prores", "mjpeg", "mpeg4", "utvideo", "mpeg2"}, "ts": {"h264", "hevc", "mpeg2"},
    "avi": {"mpeg4", "mjpeg", "ffv1", "utvideo", "huffyuv", "h264"}, "flv": {"h264"}, "webm": {"vp9", "vp8"},
    "mxf": {"mpeg2", "h264"}, "mpg": {"mpeg2"},
}
PIXELS = {
    "h264": {"yuv420p", "yuv420p10", "yuv422p", "yuv444p", "yuv422p10", "yuv444p10", "full420", "gray"},
    "hevc": {"yuv420p", "yuv420p10", "yuv422p", "yuv444p", "yuv422p10", "yuv444p10", "full420", "gray", "yuv420p12"},
    "mpeg2": {"yuv420p", "yuv422p"}, "mpeg4": {"yuv420p"}, "vp8": {"yuv420p"},
    "vp9": {"yuv420p", "yuv422p", "yuv444p", "yuv420p10", "full420"},
    "prores": {"yuv422p10", "yuv444p10"}, "mjpeg": {"full420"}, "huffyuv": {"yuv422p", "rgb"},
    "ffv1": {"yuv420p", "yuv422p", "yuv444p", "yuv420p10", "yuv422p10", "yuv444p10", "gray", "rgb", "yuv420p12"},
    "utvideo": {"yuv420p", "yuv422p", "yuv444p", "rgb"},
}
AUDIO = {
    "mkv": {"aac", "mp3", "mp2", "ac3", "eac3", "opus", "vorbis", "flac", "alac", "pcm_s16le", "pcm_s24le", "pcm_s32le",
            "pcm_s16be", "pcm_s24be", "pcm_f32le", "pcm_u8", "adpcm_ms", "dts", "truehd", "wmav2", "adpcm_ima_wav"},
    "mp4": {"aac", "mp3", "mp2", "ac3", "eac3", "opus", "flac", "alac", "dts"},
    "fmp4": {"aac", "ac3", "opus", "flac"},
    "mov": {"aac", "alac", "ac3", "pcm_s16le", "pcm_s24le", "pcm_s16be", "pcm_s24be", "pcm_f32le", "pcm_f32be",
            "pcm_s32le", "pcm_u8", "mp3", "adpcm_ms", "adpcm_ima_wav"},
    "ts": {"aac", "mp3", "mp2", "ac3", "eac3", "opus", "dts"},
    "avi": {"mp3", "mp2", "ac3", "pcm_s16le", "pcm_u8", "pcm_s24le", "adpcm_ms", "adpcm_ima_wav", "wmav2", "pcm_f32le"},
    "flv": {"aac", "mp3"}, "webm": {"opus", "vorbis"}, "mxf": {"pcm_s16le", "pcm_s24le"}, "mpg": {"mp2", "ac3"},
    "nut": {"aac", "mp3", "ac3", "flac", "pcm_s16le", "pcm_s16be", "pcm_f32le", "pcm_f32be", "pcm_s24be", "pcm_u8", "vorbis"},
}
AUDIO["mkv_live"] = AUDIO["mkv"]
LAYOUTS = {
    "aac": {"mono", "stereo", "3.0", "4.0", "5.0", "5.1"}, "mp3": {"mono", "stereo"}, "mp2": {"mono", "stereo"},
    "ac3": {"mono", "stereo", "3.0", "2.1", "quad", "4.0", "5.0", "5.1", "5.1(side)"},
    "opus": {"mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1"},
    "flac": {"mono", "stereo", "3.0", "quad", "5.0", "5.1", "5.1(side)", "6.1", "7.1", "2.1"},
    "alac": {"mono", "stereo", "3.0", "4.0", "5.0", "5.1"}, "dts": {"mono", "stereo", "5.1(side)"},
    "truehd": {"stereo", "5.0", "5.1"}, "wmav2": {"mono", "stereo"}, "adpcm_ms": {"mono", "stereo"},
    "adpcm_ima_wav": {"mono", "stereo"},
}
LAYOUTS["eac3"], LAYOUTS["vorbis"] = LAYOUTS["ac3"], LAYOUTS["opus"]
SUBTITLES = {
    "mkv": {"srt", "ass", "webvtt", "webvtt_mkvmerge"}, "mkv_live": {"srt", "ass"},
    "mp4": {"mov_text"}, "mov": {"mov_text"}, "webm": {"webvtt"},
}
RATES = {
    "mpeg2": {"25", "24000/1001", "30000/1001", "50", "24", "60000/1001", "30", "60"},
}
