# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the medium of a recipe: raw pictures and sound by Python, coded by ffmpeg, finished by mkvpropedit
or by own edits of MP4 boxes where ffmpeg cannot say something in the container alone."""
import os
import subprocess

import edits
import pictures
import recipe as recipes
import sounds
from dimensions import MATROSKA, MOVIES

EXTENSIONS = {"fmp4": "mp4", "mkv_live": "mkv"}
COLOURS = {  # primaries, transfer, matrix as ISO/IEC 23091-2 numbers them, and ffmpeg's names
    "709": ((1, 1, 1), ("bt709", "bt709", "bt709")), "601": ((6, 6, 6), ("smpte170m", "smpte170m", "smpte170m")),
    "2020": ((9, 14, 9), ("bt2020", "bt2020-10", "bt2020nc")), "pq": ((9, 16, 9), ("bt2020", "smpte2084", "bt2020nc")),
    "hlg": ((9, 18, 9), ("bt2020", "arib-std-b67", "bt2020nc")),
}
MASTERING = {"gx": 0.265, "gy": 0.69, "bx": 0.15, "by": 0.06, "rx": 0.68, "ry": 0.32, "wx": 0.3127, "wy": 0.329,
             "max": 1000.0, "min": 0.005, "cll": 1000, "fall": 400}
X265_HDR = "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50):max-cll=1000,400:hdr10=1"
ENCODERS = {"h264": "libx264", "hevc": "libx265", "mpeg2": "mpeg2video", "mpeg4": "mpeg4", "vp9": "libvpx-vp9",
            "vp8": "libvpx", "prores": "prores_ks"}
SOUND_ENCODERS = {"mp3": "libmp3lame", "opus": "libopus", "vorbis": "libvorbis", "dts": "dca"}
FONT = b"\0\1\0\0" + bytes(60)
JPEG = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb004300" + "01" * 64 + "ffc0000b080008000801011100ffc4001f0000010501010101"
    "01010000000000000000010203040506070809 0a0b".replace(" ", "") + "ffc400b5100002010303020403050504040000017d0102030004110512213141061351"
    "6107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a434445464748494a535455565758595a"
    "636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9"
    "cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9faffda0008010100003f00fbd0ffd9")


class CannotMake(Exception):
    """A tool refused the recipe: a fault of the rules, reported as such."""


def call(arguments, good=(0,)):
    done = subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
    if done.returncode not in good:
        raise CannotMake(f"{' '.join(arguments)}\n{(done.stdout + done.stderr).decode('utf-8', 'replace')[-1500:]}")
    return done


def make(recipe, folder):
    """Makes the medium in a folder and returns its path."""
    item = recipe.item
    extension = EXTENSIONS.get(item["container"], item["container"])
    path = os.path.join(folder, f"in.{extension}")
    write_raw(recipe, folder)
    call(["ffmpeg", "-nostdin", "-v", "error", "-y", *inputs(recipe, folder), *picture_options(recipe), *sound_options(recipe),
          *other_options(recipe), *container_options(recipe), path])
    if item["container"] in MATROSKA:
        finish_matroska(recipe, folder, path)
    if item["container"] in MOVIES:
        finish_movie(recipe, path)
    for name in os.listdir(folder):
        if name.startswith("raw"):
            os.remove(os.path.join(folder, name))
    return path


def write_raw(recipe, folder):
    item = recipe.item
    form = pictures.Format(item["pixels"])
    with open(os.path.join(folder, "raw.video"), "wb") as file:
        for numbers in recipe.numbers:
            file.write(form.picture(numbers, recipe.width, recipe.height))
    for n in range(track_count(recipe)):
        peak = 1.6 if item["level"] == "above_full" else sounds.LOUD
        write_sound(recipe, os.path.join(folder, f"raw{n}.wav"), 50 * n, peak)
    if item["subtitles"] != "none":
        write_text(os.path.join(folder, "raw.srt"), srt(file_clock(recipe)))
        write_text(os.path.join(folder, "raw.vtt"), "WEBVTT\n\n" + srt(file_clock(recipe)).replace(",", "."))
    write_text(os.path.join(folder, "raw.meta"), metadata(recipe))


def write_sound(recipe, path, second, peak):
    """Two beeps: two files, joined by their samples."""
    beeps = [recipes.BEEP_AT, recipes.SECOND_BEEP]
    sounds.write_wav(path, recipe.item["layout"], recipe.sound_length, beeps, second, peak)


def file_clock(recipe):
    """The time in the file at which the recipe's clock starts, for subtitles and chapters."""
    return recipe.picture_start


def write_text(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def stamp(seconds):
    ms = round(seconds * 1000)
    return f"{ms // 3600000:02}:{ms // 60000 % 60:02}:{ms // 1000 % 60:02},{ms % 1000:03}"


def srt(shift):
    return "".join(f"{n}\n{stamp(a + shift)} --> {stamp(b + shift)}\n{text.replace('<', '').replace('>', '')}\n\n"
                   for n, (a, b, text) in enumerate(recipes.CUES, 1))


def metadata(recipe):
    lines = [";FFMETADATA1"]
    if recipe.item["tags"] == "common":
        lines += ["title=The Title Ω", "artist=Somebody", "date=2021", "comment=A remark"]
    if recipe.item["tags"] == "custom":
        lines += ["title=The Title Ω", "MY_OWN=Value=1".replace("=1", "\\=1")]
    if recipe.item["tags"] == "camera_keys":
        lines += ["com.apple.quicktime.make=Maker", "com.apple.quicktime.model=Model 3"]
    for start, end, title in recipes.CHAPTERS.get(recipe.item["chapters"], []):
        shift = file_clock(recipe)
        lines += ["[CHAPTER]", "TIMEBASE=1/1000", f"START={round((start + shift) * 1000)}",
                  f"END={round((end + shift) * 1000)}", f"title={title}"]
    return "\n".join(lines) + "\n"


def track_count(recipe):
    return 0 if recipe.item["audio"] == "none" else 2 if recipe.item["tracks"] == "two" else 1


def inputs(recipe, folder):
    item, join = recipe.item, lambda name: os.path.join(folder, name)
    raw = pictures.Format(item["pixels"]).raw
    if item["pixels"] == "full420" and item["codec"] != "vp9":
        raw = "yuvj420p"
    out = ["-itsoffset", str(recipe.picture_start), "-f", "rawvideo", "-pix_fmt", raw, "-s", item["size"],
           "-framerate", item["rate"], "-i", join("raw.video")]
    for n in range(track_count(recipe)):
        out += ["-itsoffset", str(recipe.sound_start), "-i", join(f"raw{n}.wav")]
    out += ["-f", "ffmetadata", "-i", join("raw.meta")]
    if text_input(item):
        out += ["-i", join("raw.vtt" if item["subtitles"] == "webvtt" else "raw.srt")]
    if item["attachment"] == "cover" and item["container"] == "mp4":
        with open(join("raw.jpg"), "wb") as file:
            file.write(JPEG)
        out += ["-i", join("raw.jpg")]
    return out


def text_input(item):
    return item["subtitles"] not in ("none", "webvtt_mkvmerge")


def picture_options(recipe):
    item = recipe.item
    out = ["-map", "0:v", "-c:v:0", ENCODERS.get(item["codec"], item["codec"]), "-threads", "1"]
    out += ["-filter:v:0", ",".join(filters(recipe)), "-fps_mode:v:0", "passthrough", "-bitexact"]
    if item["timing"] in ("uneven", "standing"):
        out += ["-enc_time_base", "1:90000"]
    out += CODING[item["codec"]](recipe)
    if item["codec"] == "ffv1" and item["pixels"] == "rgb":
        out += ["-pix_fmt", "bgr0"]
    if item["codec"] == "utvideo" and item["pixels"] == "rgb":
        out += ["-pix_fmt", "gbrp"]
    if colour := stream_colour(item):
        names = COLOURS[colour][1]
        out += ["-color_primaries", names[0], "-color_trc", names[1], "-colorspace", names[2]]
    if item["fields"].endswith("_container"):
        out += ["-field_order", "tt" if recipe.top_first else "bb"]
    return out


def filters(recipe):
    item = recipe.item
    out = []
    if item["timing"] in ("uneven", "standing"):
        late = recipe.picture_start
        out += ["settb=1/90000", f"setpts='round(({recipes.expression(recipe)}+{late})*90000)'"]
    if recipe.interlaced:
        out.append("setfield=tff" if recipe.top_first else "setfield=bff")
    if item["pixels"] == "full420":
        out.append("setparams=range=pc")
    if item["aspect"] in ("stream4:3", "both", "conflict"):
        out.append("setsar=4/3")
    return out or ["null"]


def stream_colour(item):
    """The name of the colours that the stream states, or None."""
    if item["hdr"] in ("pq", "hlg"):
        return item["hdr"]
    if item["hdr"] == "pq_static":
        return "pq"
    if item["colour"].startswith("stream"):
        return item["colour"][6:]
    return "709" if item["colour"] == "conflict" else None


def container_colour(item):
    """The colours that the container states, where the stream states none or others."""
    if item["hdr"] in ("pq_container", "mastering_colours"):
        return "pq"
    if item["colour"].startswith("container"):
        return item["colour"][9:]
    return "601" if item["colour"] == "conflict" else None


def reorder_frames(item):
    return {"none": 0, "bframes": 2, "pyramid": 3}[item["reorder"]]


def gop(recipe):
    return ["-g", str(recipes.GOP), "-keyint_min", str(recipes.GOP), "-sc_threshold", "0", "-bf", str(reorder_frames(recipe.item))]


def h264_options(recipe):
    out = ["-preset", "ultrafast", "-crf", "18", *gop(recipe)]
    params = ["log=-1", "b-pyramid=" + ("normal" if recipe.item["reorder"] == "pyramid" else "none"), "b-adapt=0"]
    if recipe.interlaced:
        params.append("tff=1" if recipe.top_first else "bff=1")
        out += ["-flags", "+ildct+ilme"]
    return out + ["-x264-params", ":".join(params)]


def hevc_options(recipe):
    params = [f"keyint={recipes.GOP}", f"min-keyint={recipes.GOP}", "scenecut=0", "open-gop=0", "log-level=none", "pools=none",
              "frame-threads=1", f"bframes={reorder_frames(recipe.item)}", "b-adapt=0",
              f"b-pyramid={int(recipe.item['reorder'] == 'pyramid')}"]
    if recipe.item["hdr"] == "pq_static":
        params.append(X265_HDR)
    tag = ["-tag:v:0", "hvc1"] if recipe.item["container"] in MOVIES else []
    return ["-preset", "ultrafast", "-crf", "20", "-x265-params", ":".join(params), *tag]


def mpeg2_options(recipe):
    out = ["-q:v", "2", *gop(recipe)]
    return out + ["-flags", "+ildct+ilme"] if recipe.interlaced else out


def prores_options(recipe):
    profile = "4" if recipe.item["pixels"] == "yuv444p10" else "3"
    return ["-profile:v", profile, "-vendor", "apl0"] + (["-flags", "+ildct"] if recipe.interlaced else [])


CODING = {
    "h264": h264_options, "hevc": hevc_options, "mpeg2": mpeg2_options, "prores": prores_options,
    "mpeg4": lambda r: ["-q:v", "2", *gop(r)],
    "vp9": lambda r: ["-deadline", "realtime", "-cpu-used", "8", "-b:v", "600k", "-g", str(recipes.GOP), "-keyint_min", str(recipes.GOP)],
    "vp8": lambda r: ["-deadline", "realtime", "-cpu-used", "8", "-b:v", "900k", "-g", str(recipes.GOP), "-keyint_min", str(recipes.GOP)],
    "mjpeg": lambda r: ["-q:v", "2"], "ffv1": lambda r: ["-g", "1"], "utvideo": lambda r: [], "huffyuv": lambda r: [],
}


def sound_options(recipe):
    item, out = recipe.item, []
    for n in range(track_count(recipe)):
        out += ["-map", f"{n + 1}:a"]
    if not track_count(recipe):
        return out
    out += ["-c:a", SOUND_ENCODERS.get(item["audio"], item["audio"]), "-strict", "-2"]
    if item["audio"] not in ("flac", "alac", "truehd") and not item["audio"].startswith(("pcm", "adpcm")):
        each = {"mp3": 192, "mp2": 192, "wmav2": 192, "dts": 1509}.get(item["audio"], 128 * max(2, len(recipes.speakers(recipe))))
        out += ["-b:a", f"{each}k"]
    if item["audio"] == "opus" and len(recipes.speakers(recipe)) > 2:
        out += ["-mapping_family", "1"]
    if recipe.has_gap:
        frame = recipes.FRAMES[item["audio"]]
        at = int(recipes.GAP_AT * sounds.RATE) // frame * frame
        out += ["-af", f"asetnsamples={frame},asetpts=PTS+gte(N\\,{at})*{recipes.GAP}/TB"]
    for n in range(track_count(recipe)):
        if language := language_of(item, n):
            out += [f"-metadata:s:a:{n}", f"language={language}"]
        if item["tags"] == "track_titles":
            out += [f"-metadata:s:a:{n}", f"title=Sound {n} Ω"]
    return out


def language_of(item, n):
    """The three-letter language of sound track n."""
    names = {"none": [None, None], "ger": ["ger", "jpn"], "bibliographic": ["fre", "chi"], "bcp47": ["por", "zho"]}
    return names[item["language"]][n]


def other_options(recipe):
    item, n = recipe.item, track_count(recipe)
    out = ["-map_metadata", str(n + 1), "-map_chapters", str(n + 1)]
    if text_input(item):
        codec = {"srt": "srt", "ass": "ass", "mov_text": "mov_text", "webvtt": "webvtt"}[item["subtitles"]]
        out += ["-map", f"{n + 2}:s", "-c:s", codec, "-metadata:s:s:0", "language=ger"]
    if item["attachment"] == "cover" and item["container"] == "mp4":
        out += ["-map", f"{n + 2 + text_input(item)}:v", "-c:v:1", "copy", "-disposition:v:1", "attached_pic"]
    if item["data"] != "none":
        out += ["-timecode", "01:02:03;04" if item["data"] == "timecode_drop" else "01:02:03:04"]
    return out


def container_options(recipe):
    container = recipe.item["container"]
    out = {"fmp4": ["-movflags", "+frag_keyframe+empty_moov+default_base_moof+delay_moov"], "mkv_live": ["-f", "matroska", "-live", "1"],
           "nut": ["-f", "nut"], "mpg": ["-f", "vob"], "mov": ["-movflags", "+use_metadata_tags"]
           if recipe.item["tags"] == "camera_keys" else []}.get(container, [])
    return out + ["-fflags", "+bitexact"]


def finish_matroska(recipe, folder, path):
    """What ffmpeg does not write, by mkvmerge and mkvpropedit."""
    item = recipe.item
    if item["subtitles"] == "webvtt_mkvmerge":
        done = os.path.join(folder, "merged.mkv")
        call(["mkvmerge", "-q", "-o", done, path, "--language", "0:ger", os.path.join(folder, "raw.vtt")], (0, 1))
        os.replace(done, path)
    changes = video_changes(recipe) + track_changes(recipe) + attachment_changes(item, folder)
    if item["chapters"] in edits.CHAPTERS_XML:
        write_text(os.path.join(folder, "raw.xml"), edits.chapters_xml(item["chapters"], file_clock(recipe)))
        changes += ["--chapters", os.path.join(folder, "raw.xml")]
    if changes:
        call(["mkvpropedit", "-q", path, *changes], (0, 1))
    if item["timing"] == "held_last":
        edits.set_duration(path, recipe.end + 0.0)


def video_changes(recipe):
    item, out = recipe.item, []
    put = lambda name, value: out.extend(["--set", f"{name}={value}"])
    if colour := container_colour(item):
        for name, value in zip(("primaries", "transfer-characteristics", "matrix-coefficients"), COLOURS[colour][0]):
            put("colour-" + name if name != "matrix-coefficients" else "colour-matrix-coefficients", value)
    if item["hdr"] == "pq_container":
        put("max-content-light", 1000), put("max-frame-light", 400), put("max-luminance", 1000), put("min-luminance", 0.005)
    if item["hdr"] in ("pq_container", "mastering_colours"):
        names = {"rx": "red-x", "ry": "red-y", "gx": "green-x", "gy": "green-y", "bx": "blue-x", "by": "blue-y"}
        for key, name in names.items():
            put(f"chromaticity-coordinates-{name}", MASTERING[key])
        put("white-coordinates-x", MASTERING["wx"]), put("white-coordinates-y", MASTERING["wy"])
    if item["rotation"] == "roll90":
        put("projection-type", 0), put("projection-pose-roll", 90)
    left, top = edits.crop_of(recipe)
    if item["crop"] != "none":
        put("pixel-crop-left", left), put("pixel-crop-right", left)
        put("pixel-crop-top", top), put("pixel-crop-bottom", top)
    if (aspect := edits.container_aspect(item)) or item["crop"] != "none":
        wide = aspect or edits.aspect_of(item)
        put("display-width", round((recipe.width - 2 * left) * 3 * wide)), put("display-height", (recipe.height - 2 * top) * 3)
        put("display-unit", 0)
    return ["--edit", "track:v1", *out] if out else []


def track_changes(recipe):
    item, out = recipe.item, []
    if item["language"] == "bcp47":
        for n, name in zip(range(track_count(recipe)), ("pt-BR", "zh-Hant")):
            out += ["--edit", f"track:a{n + 1}", "--set", f"language-ietf={name}"]
    flag = {"commentary": ("a2", "flag-commentary"), "impaired": ("a2", "flag-hearing-impaired"),
            "forced": ("s1", "flag-forced")}.get(item["disposition"])
    return out + (["--edit", f"track:{flag[0]}", "--set", f"{flag[1]}=1"] if flag else [])


def attachment_changes(item, folder):
    out = []
    for name, kind, data in attachments_of(item):
        with open(os.path.join(folder, "raw." + name), "wb") as file:
            file.write(data)
        out += ["--attachment-name", name, "--attachment-mime-type", kind, "--add-attachment", os.path.join(folder, "raw." + name)]
    return out


def attachments_of(item):
    """(name, type, bytes) of what is attached."""
    font, cover = ("letters.ttf", "font/ttf", FONT), ("cover.jpg", "image/jpeg", JPEG)
    return {"none": [], "font": [font], "cover": [cover], "both": [font, cover]}[item["attachment"]]


def finish_movie(recipe, path):
    """What ffmpeg does not write into MP4 alone: box edits."""
    item = recipe.item
    movie = edits.Movie(path)
    if colour := container_colour(item):
        movie.set_colour(COLOURS[colour][0], quicktime=item["container"] == "mov")
    if item["rotation"] != "0":
        movie.set_matrix(item["rotation"], recipe.width, recipe.height)
    if aspect := edits.container_aspect(item):
        movie.set_aspect(aspect)
    if item["crop"] != "none":
        movie.set_crop(recipe.width, recipe.height, *edits.crop_of(recipe))
    if item["timing"] == "held_last":
        movie.hold_last(recipes.held_steps(recipe.rate))
    movie.save()
