// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/audio/audio_formats.h"

#include "media/audio/audio_request.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>

namespace hevcpool::media {
namespace {

// Whether a muxer's own table of tags knows the codec. Ogg's muxers have none.
bool holds(const char* muxer, AVCodecID codec) {
  const std::string_view name = muxer;
  if (name == "ogg" || name == "oga")
    return codec == AV_CODEC_ID_OPUS || codec == AV_CODEC_ID_VORBIS || codec == AV_CODEC_ID_FLAC || codec == AV_CODEC_ID_SPEEX;
  const AVOutputFormat* format = av_guess_format(muxer, nullptr, nullptr);
  return format && avformat_query_codec(format, codec, FF_COMPLIANCE_NORMAL) == 1;
}

bool is_pcm(AVCodecID codec) { return codec >= AV_CODEC_ID_FIRST_AUDIO && codec < AV_CODEC_ID_ADPCM_IMA_QT; }

// As many bits as the source says it has. What lossy codecs decode to has no depth of its own.
AVCodecID wav_codec(const AVCodecParameters& source) {
  const int bits = source.bits_per_raw_sample > 0 ? source.bits_per_raw_sample : source.bits_per_coded_sample;
  switch (static_cast<AVSampleFormat>(source.format)) {
    case AV_SAMPLE_FMT_S32:
    case AV_SAMPLE_FMT_S32P: return bits > 24 ? AV_CODEC_ID_PCM_S32LE : AV_CODEC_ID_PCM_S24LE;
    case AV_SAMPLE_FMT_FLT:
    case AV_SAMPLE_FMT_FLTP: return is_float_sound(source) ? AV_CODEC_ID_PCM_F32LE : AV_CODEC_ID_PCM_S16LE;
    case AV_SAMPLE_FMT_DBL:
    case AV_SAMPLE_FMT_DBLP: return is_float_sound(source) ? AV_CODEC_ID_PCM_F64LE : AV_CODEC_ID_PCM_S16LE;
    case AV_SAMPLE_FMT_S64:
    case AV_SAMPLE_FMT_S64P: return AV_CODEC_ID_PCM_S64LE;
    default: return AV_CODEC_ID_PCM_S16LE;
  }
}

const AVCodec* first_encoder(std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const AVCodec* encoder = avcodec_find_encoder_by_name(name)) return encoder;
  return nullptr;
}

}  // namespace

AudioFileKind natural_audio_file(AVCodecID codec) {
  switch (codec) {
    case AV_CODEC_ID_AAC:
    case AV_CODEC_ID_ALAC: return {"ipod", "m4a"};
    case AV_CODEC_ID_AAC_LATM: return {"latm", "loas"};
    case AV_CODEC_ID_MP3: return {"mp3", "mp3"};
    case AV_CODEC_ID_MP2: return {"mp2", "mp2"};
    case AV_CODEC_ID_OPUS: return {"opus", "opus"};
    case AV_CODEC_ID_VORBIS:
    case AV_CODEC_ID_SPEEX: return {"ogg", "ogg"};
    case AV_CODEC_ID_FLAC: return {"flac", "flac"};
    case AV_CODEC_ID_AC3: return {"ac3", "ac3"};
    case AV_CODEC_ID_EAC3: return {"eac3", "eac3"};
    case AV_CODEC_ID_DTS: return {"dts", "dts"};
    case AV_CODEC_ID_TRUEHD: return {"truehd", "thd"};
    case AV_CODEC_ID_AMR_NB:
    case AV_CODEC_ID_AMR_WB: return {"amr", "amr"};
    case AV_CODEC_ID_WMAV1:
    case AV_CODEC_ID_WMAV2: return {"asf", "wma"};
    default: break;
  }
  if (is_pcm(codec) && (holds("wav", codec) || fits_no_file(codec))) return {"wav", "wav"};
  if (is_pcm(codec) && holds("aiff", codec)) return {"aiff", "aiff"};
  return {"matroska", "mka"};
}

Expected<AudioFileKind> audio_file_named(const std::string& name, AVCodecID codec) {
  AudioFileKind natural = natural_audio_file(codec);
  const auto dot = name.rfind('.');
  if (dot == std::string::npos || dot + 1 == name.size() || name.ends_with("." + natural.extension)) return natural;
  const std::string extension = name.substr(dot + 1);
  const AVOutputFormat* format = av_guess_format(nullptr, name.c_str(), nullptr);
  const bool wav = format && std::string_view(format->name) == "wav";  // could hold much that nobody looks for in it
  if (format && holds(format->name, codec) && (!wav || is_pcm(codec))) return AudioFileKind{format->name, extension};
  return fail("mux", "unfit", fmt::format("a file named .{} cannot hold {}; .{} can, or ask for another codec", extension,
                                          avcodec_get_name(codec), natural.extension));
}

bool holds_times(const AudioFileKind& kind) {
  constexpr std::array<std::string_view, 10> kTimed = {"ipod", "mp4", "mov", "matroska", "webm", "ogg", "oga", "opus", "asf", "nut"};
  return std::ranges::find(kTimed, kind.muxer) != kTimed.end();
}

bool fits_no_file(AVCodecID codec) {
  return is_pcm(codec) && !holds("wav", codec) && !holds("aiff", codec) && !holds("matroska", codec);
}

Expected<AudioEncoding> audio_encoding(const std::string& codec, const AVCodecParameters& source) {
  AudioEncoding out;
  if (codec == "aac") out = {first_encoder({"aac"}), {"ipod", "m4a"}};
  if (codec == "opus") out = {first_encoder({"libopus"}), {"opus", "opus"}};
  if (codec == "flac") out = {first_encoder({"flac"}), {"flac", "flac"}};
  if (codec == "mp3") out = {first_encoder({"libmp3lame", "libshine"}), {"mp3", "mp3"}};
  if (codec == "wav") out = {avcodec_find_encoder(wav_codec(source)), {"wav", "wav"}};
  if (!out.encoder) return fail("encode", "no_encoder", fmt::format("this libavcodec cannot make {}", codec));
  return out;
}

}  // namespace hevcpool::media
