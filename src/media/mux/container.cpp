// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/mux/container.h"

#include "media/audio/audio_request.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace hevcpool::media {
namespace {

using Form = Holding::Form;

// Registered for MP4, or of old established there.
constexpr std::array kMp4Audio = {AV_CODEC_ID_AAC,  AV_CODEC_ID_MP3,  AV_CODEC_ID_MP2, AV_CODEC_ID_AC3,
                                  AV_CODEC_ID_EAC3, AV_CODEC_ID_ALAC, AV_CODEC_ID_DTS, AV_CODEC_ID_OPUS,
                                  AV_CODEC_ID_FLAC, AV_CODEC_ID_TRUEHD};
constexpr std::array kMovAudio = {
    AV_CODEC_ID_AAC,       AV_CODEC_ID_MP3,       AV_CODEC_ID_MP2,          AV_CODEC_ID_AC3,       AV_CODEC_ID_EAC3,
    AV_CODEC_ID_ALAC,      AV_CODEC_ID_DTS,       AV_CODEC_ID_PCM_S16LE,    AV_CODEC_ID_PCM_S16BE, AV_CODEC_ID_PCM_S24LE,
    AV_CODEC_ID_PCM_S24BE, AV_CODEC_ID_PCM_S32LE, AV_CODEC_ID_PCM_S32BE,    AV_CODEC_ID_PCM_U8,    AV_CODEC_ID_PCM_F32LE,
    AV_CODEC_ID_PCM_F32BE, AV_CODEC_ID_PCM_F64LE, AV_CODEC_ID_PCM_F64BE,    AV_CODEC_ID_PCM_ALAW,  AV_CODEC_ID_PCM_MULAW,
    AV_CODEC_ID_PCM_S8,    AV_CODEC_ID_AMR_NB,    AV_CODEC_ID_ADPCM_IMA_QT, AV_CODEC_ID_AMR_WB};
constexpr std::array kMatroskaText = {AV_CODEC_ID_SUBRIP, AV_CODEC_ID_ASS, AV_CODEC_ID_WEBVTT, AV_CODEC_ID_TEXT};
constexpr std::array kMatroskaBitmaps = {AV_CODEC_ID_HDMV_PGS_SUBTITLE, AV_CODEC_ID_DVD_SUBTITLE,
                                         AV_CODEC_ID_DVB_SUBTITLE, AV_CODEC_ID_HDMV_TEXT_SUBTITLE};

bool holds(const auto& codecs, AVCodecID codec) { return std::ranges::find(codecs, codec) != codecs.end(); }

bool muxer_takes(Container container, AVCodecID codec) {
  const AVOutputFormat* muxer = av_guess_format(muxer_name(container), nullptr, nullptr);
  return muxer && avformat_query_codec(muxer, codec, FF_COMPLIANCE_EXPERIMENTAL) == 1;
}

Holding cannot(Container container, AVCodecID codec) {
  return {Form::none, AV_CODEC_ID_NONE, fmt::format("{} cannot hold {}", container_title(container),
                                                    avcodec_get_name(codec))};
}

// Those of RIFF, which Matroska takes through its compatibility mode, that players know there, and that need nothing
// which only their own container has.
constexpr std::array kMatroskaRiffAudio = {
    AV_CODEC_ID_ADPCM_MS,   AV_CODEC_ID_ADPCM_IMA_WAV, AV_CODEC_ID_PCM_ALAW,  AV_CODEC_ID_PCM_MULAW,    AV_CODEC_ID_GSM_MS,
    AV_CODEC_ID_WMAV1,      AV_CODEC_ID_WMAV2,         AV_CODEC_ID_WMAPRO,    AV_CODEC_ID_WMALOSSLESS,  AV_CODEC_ID_WMAVOICE,
    AV_CODEC_ID_TRUESPEECH, AV_CODEC_ID_AMR_NB,        AV_CODEC_ID_AMR_WB};
// Matroska has identifiers for them; libav's muxer does not write what else they need.
constexpr std::array kMatroskaUnwritten = {AV_CODEC_ID_ATRAC3, AV_CODEC_ID_COOK, AV_CODEC_ID_RA_144, AV_CODEC_ID_RA_288,
                                           AV_CODEC_ID_SIPR,   AV_CODEC_ID_RALF, AV_CODEC_ID_QDM2,   AV_CODEC_ID_QDMC};

bool matroska_holds_audio(AVCodecID codec) {
  const AVOutputFormat* muxer = av_guess_format(muxer_name(Container::mkv), nullptr, nullptr);
  const bool own = muxer && avformat_query_codec(muxer, codec, FF_COMPLIANCE_NORMAL) == 1;
  return (own && !holds(kMatroskaUnwritten, codec)) || holds(kMatroskaRiffAudio, codec);
}

bool is_pcm(AVCodecID codec) { return std::string_view(avcodec_get_name(codec)).starts_with("pcm_"); }

constexpr int kMostFlacChannels = 8;

// Integers that FLAC gives back bit by bit.
bool fits_flac(const AVCodecParameters& codec) {
  const std::string_view name = avcodec_get_name(codec.codec_id);
  const int bits = std::max(av_get_bits_per_sample(codec.codec_id), codec.bits_per_coded_sample);
  return is_pcm(codec.codec_id) && !name.starts_with("pcm_f") && bits <= 24 &&
         codec.ch_layout.nb_channels <= kMostFlacChannels;
}

std::string layout_name(const AVChannelLayout& layout) {
  std::array<char, 128> text{};
  av_channel_layout_describe(&layout, text.data(), text.size());
  return text.data();
}

// Without a word about the layout in the file it is this one.
std::uint64_t usual_flac_layout(int channels) {
  constexpr std::array<std::uint64_t, kMostFlacChannels> kLayouts = {
      AV_CH_LAYOUT_MONO,    AV_CH_LAYOUT_STEREO,  AV_CH_LAYOUT_SURROUND, AV_CH_LAYOUT_QUAD,
      AV_CH_LAYOUT_5POINT0, AV_CH_LAYOUT_5POINT1, AV_CH_LAYOUT_6POINT1,  AV_CH_LAYOUT_7POINT1};
  return channels >= 1 && channels <= kMostFlacChannels ? kLayouts[static_cast<std::size_t>(channels) - 1] : 0;
}

// As many bits as the samples have, in the byte order of today's machines.
AVCodecID pcm_like(const AVCodecParameters& codec) {
  const int bits = std::max({av_get_bits_per_sample(codec.codec_id), codec.bits_per_raw_sample,
                             is_pcm(codec.codec_id) ? codec.bits_per_coded_sample : 0});
  if (is_float_sound(codec)) return bits > 32 ? AV_CODEC_ID_PCM_F64LE : AV_CODEC_ID_PCM_F32LE;
  return bits > 24 ? AV_CODEC_ID_PCM_S32LE : bits > 16 ? AV_CODEC_ID_PCM_S24LE : AV_CODEC_ID_PCM_S16LE;
}

// Sound that cannot be copied is decoded and kept without loss.
Holding decoded_audio(Container container, const AVCodecParameters& codec) {
  if (!avcodec_find_decoder(codec.codec_id)) return cannot(container, codec.codec_id);
  const AVCodecID pcm = pcm_like(codec);
  const bool fits = codec.ch_layout.nb_channels <= kMostFlacChannels && pcm != AV_CODEC_ID_PCM_S32LE && !is_float_sound(codec);
  const bool keeps_layout = layout_taken_for(container, pcm, codec.ch_layout).empty();
  const bool as_pcm = container == Container::mov || (container == Container::mkv && (!fits || (is_pcm(codec.codec_id) && keeps_layout)));
  const AVCodecID target = as_pcm ? pcm : AV_CODEC_ID_FLAC;
  if (target == AV_CODEC_ID_FLAC && codec.ch_layout.nb_channels > kMostFlacChannels)
    return {Form::none, codec.codec_id, fmt::format("{} cannot hold {} with {} channels", container_title(container),
                                                    avcodec_get_name(codec.codec_id), codec.ch_layout.nb_channels)};
  return {is_pcm(codec.codec_id) ? Form::lossless : Form::lossy, target, {}};
}

Holding hold_audio(Container container, const AVCodecParameters& codec) {
  if (codec.codec_id == AV_CODEC_ID_NONE) return {Form::none, codec.codec_id, "unknown codec"};
  if (codec.sample_rate <= 0 || codec.ch_layout.nb_channels <= 0)
    return {Form::none, codec.codec_id, "neither sample rate nor channels are known"};
  if (!holds_sound(container, codec.codec_id)) return decoded_audio(container, codec);
  if (layout_taken_for(container, codec.codec_id, codec.ch_layout).empty() || !fits_flac(codec))
    return {Form::copy, codec.codec_id, {}};
  return decoded_audio(container, codec);
}

bool is_text(AVCodecID codec) {
  const AVCodecDescriptor* known = avcodec_descriptor_get(codec);
  return known && (known->props & AV_CODEC_PROP_TEXT_SUB);
}

Holding hold_subtitle(Container container, AVCodecID codec) {
  if (container == Container::mkv) {
    if (holds(kMatroskaText, codec) || holds(kMatroskaBitmaps, codec)) return {Form::copy, codec, {}};
    if (is_text(codec) && avcodec_find_decoder(codec)) return {Form::lossy, AV_CODEC_ID_SUBRIP, {}};
    return cannot(container, codec);
  }
  if (codec == AV_CODEC_ID_MOV_TEXT) return {Form::copy, codec, {}};
  if (codec == AV_CODEC_ID_DVD_SUBTITLE && container == Container::mp4) return {Form::copy, codec, {}};
  if (codec == AV_CODEC_ID_EIA_608 && muxer_takes(container, codec)) return {Form::copy, codec, {}};
  if (is_text(codec) && avcodec_find_decoder(codec)) return {Form::lossy, AV_CODEC_ID_MOV_TEXT, {}};
  return cannot(container, codec);
}

Holding hold_picture(Container container, AVCodecID codec) {
  if (container == Container::mkv) return {Form::copy, codec, {}};  // as an attachment, whatever it is
  // QuickTime has a place for it that libav's muxer does not write.
  if (container == Container::mov) return {Form::none, codec, "MOV has no place for a cover"};
  const bool known = codec == AV_CODEC_ID_MJPEG || codec == AV_CODEC_ID_PNG || codec == AV_CODEC_ID_BMP;
  return known ? Holding{Form::copy, codec, {}} : cannot(container, codec);
}

// Of the telemetry tracks, libav's muxer describes only GoPro's; timecode tracks are made anew from the tag.
Holding hold_data(Container container, const AVCodecParameters& codec) {
  constexpr unsigned kGoPro = MKTAG('g', 'p', 'm', 'd');
  if (container != Container::mkv && codec.codec_tag == kGoPro) return {Form::copy, AV_CODEC_ID_BIN_DATA, {}};
  std::array<char, AV_FOURCC_MAX_STRING_SIZE> tag{};
  const char* name = codec.codec_tag ? av_fourcc_make_string(tag.data(), codec.codec_tag)
                                     : avcodec_get_name(codec.codec_id);
  return {Form::none, codec.codec_id, fmt::format("{} cannot hold {} data", container_title(container), name)};
}

}  // namespace

const char* muxer_name(Container container) {
  switch (container) {
    case Container::mkv: return "matroska";
    case Container::mov: return "mov";
    default: return "mp4";
  }
}

const char* container_title(Container container) {
  switch (container) {
    case Container::mkv: return "MKV";
    case Container::mov: return "MOV";
    default: return "MP4";
  }
}

bool has_edit_lists(const AVOutputFormat& muxer) {
  const std::string_view name = muxer.name;
  return name == "mp4" || name == "mov";
}

bool holds_sound(Container container, AVCodecID codec) {
  switch (container) {
    case Container::mp4: return holds(kMp4Audio, codec) || codec == AV_CODEC_ID_VORBIS;
    case Container::mov: return holds(kMovAudio, codec);
    default: return matroska_holds_audio(codec);
  }
}

// FLAC keeps its layout in a comment, for which MP4 has no place; PCM in MKV has none at all.
std::string layout_taken_for(Container container, AVCodecID codec, const AVChannelLayout& layout) {
  if (layout.order != AV_CHANNEL_ORDER_NATIVE) return {};
  AVChannelLayout taken{};
  if (container == Container::mp4 && codec == AV_CODEC_ID_FLAC)
    av_channel_layout_from_mask(&taken, usual_flac_layout(layout.nb_channels));
  else if (container == Container::mkv && is_pcm(codec) && layout.nb_channels > 2)
    return "any";
  else if (container == Container::mkv && is_pcm(codec))
    av_channel_layout_default(&taken, layout.nb_channels);
  else
    return {};
  return av_channel_layout_compare(&taken, &layout) == 0 ? "" : layout_name(taken);
}

Holding how_to_hold(Container container, const AVStream& stream) {
  const AVCodecParameters& codec = *stream.codecpar;
  switch (codec.codec_type) {
    case AVMEDIA_TYPE_AUDIO: return hold_audio(container, codec);
    case AVMEDIA_TYPE_SUBTITLE: return hold_subtitle(container, codec.codec_id);
    case AVMEDIA_TYPE_VIDEO: return hold_picture(container, codec.codec_id);
    case AVMEDIA_TYPE_DATA: return hold_data(container, codec);
    case AVMEDIA_TYPE_ATTACHMENT:
      if (container == Container::mkv) return {Form::copy, codec.codec_id, {}};
      return {Form::none, codec.codec_id, fmt::format("{} has no attachments", container_title(container))};
    default: return {Form::none, codec.codec_id, "unknown kind of stream"};
  }
}

bool mp4_is_enough_for(const AVStream& stream) {
  const AVCodecParameters& codec = *stream.codecpar;
  // What neither container holds must not decide between them.
  if (how_to_hold(Container::mkv, stream).form == Form::none) return true;
  // Low sample rates are outside what MP4 allows for MP3.
  if (codec.codec_id == AV_CODEC_ID_MP3 && codec.sample_rate < 16000) return false;
  if (codec.codec_id == AV_CODEC_ID_VORBIS) return false;
  return how_to_hold(Container::mp4, stream).form == Form::copy &&
         layout_taken_for(Container::mp4, codec.codec_id, codec.ch_layout).empty();
}

}  // namespace hevcpool::media
