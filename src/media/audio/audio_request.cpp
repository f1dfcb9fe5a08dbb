// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/audio/audio_request.h"

#include "media/libav/compat.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string_view>
#include <tuple>
#include <vector>

namespace hevcpool::media {
namespace {

constexpr std::uint64_t kSide = AV_CH_SIDE_LEFT | AV_CH_SIDE_RIGHT, kBack = AV_CH_BACK_LEFT | AV_CH_BACK_RIGHT;
// Opus and Vorbis; their encoders do not list them.
constexpr std::array<std::uint64_t, 8> kXiphLayouts = {
    AV_CH_LAYOUT_MONO,         AV_CH_LAYOUT_STEREO,       AV_CH_LAYOUT_SURROUND, AV_CH_LAYOUT_QUAD,
    AV_CH_LAYOUT_5POINT0_BACK, AV_CH_LAYOUT_5POINT1_BACK, AV_CH_LAYOUT_6POINT1,  AV_CH_LAYOUT_7POINT1};

bool is_experimental(const AVCodec& codec) { return (codec.capabilities & AV_CODEC_CAP_EXPERIMENTAL) != 0; }

// Another encoder of the codec where the first is an experiment: libopus for opus, libvorbis for vorbis.
const AVCodec* settled(const AVCodec* first) {
  if (!first || !is_experimental(*first)) return first;
  void* position = nullptr;
  while (const AVCodec* codec = av_codec_iterate(&position))
    if (codec->id == first->id && av_codec_is_encoder(codec) && !is_experimental(*codec)) return codec;
  return first;
}

const AVCodec* find_encoder(const std::string& name) {
  const AVCodec* encoder = avcodec_find_encoder_by_name(name.c_str());
  const AVCodecDescriptor* known = avcodec_descriptor_get_by_name(name.c_str());
  if (!encoder && known) encoder = avcodec_find_encoder(known->id);
  return settled(encoder);
}

std::vector<std::uint64_t> layouts_of(const AVCodec& encoder) {
  if (encoder.id == AV_CODEC_ID_OPUS || encoder.id == AV_CODEC_ID_VORBIS)
    return {kXiphLayouts.begin(), kXiphLayouts.end()};
  std::vector<std::uint64_t> masks;
  for (const AVChannelLayout& layout : channel_layouts(encoder))
    if (layout.order == AV_CHANNEL_ORDER_NATIVE) masks.push_back(layout.u.mask);
  return masks;
}

// Where there are no others, the speakers at the side are those behind.
std::uint64_t normalized(std::uint64_t mask) {
  return (mask & kSide) == kSide && (mask & kBack) == 0 ? (mask & ~kSide) | kBack : mask;
}

std::uint64_t nearest(const std::vector<std::uint64_t>& offered, std::uint64_t wanted) {
  const std::uint64_t speakers = normalized(wanted);
  return *std::ranges::min_element(offered, {}, [&](std::uint64_t mask) {
    const int missing = std::popcount(speakers & ~normalized(mask));
    return std::tuple(mask != wanted, missing, std::abs(std::popcount(mask) - std::popcount(wanted)));
  });
}

bool is_lossless(AVCodecID codec) {
  const AVCodecDescriptor* known = avcodec_descriptor_get(codec);
  return known && (known->props & AV_CODEC_PROP_LOSSLESS) && !(known->props & AV_CODEC_PROP_LOSSY);
}

ChannelLayout layout_of(std::uint64_t mask) {
  AVChannelLayout layout{};
  av_channel_layout_from_mask(&layout, mask);
  return ChannelLayout(layout);
}

Expected<std::int64_t> parse_bit_rate(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string unit(end, text.data() + text.size());
  const double factor = unit.empty() ? 1 : unit == "k" ? 1e3 : unit == "M" ? 1e6 : 0;
  if (error != std::errc{} || factor == 0 || value * factor < 500 || value * factor > 1e8)
    return fail("options", "bad_option", fmt::format("'{}' is not an audio bit rate", text));
  return std::llround(value * factor);
}

}  // namespace

Expected<AudioRequest> parse_audio_request(const std::string& text) {
  if (text == "copy" || text.empty()) return AudioRequest{};
  if (text == "none") return AudioRequest{.action = AudioRequest::Action::none};
  const std::size_t colon = text.find(':');
  const std::string name = text.substr(0, colon);
  const AVCodec* encoder = find_encoder(name);
  if (!encoder || encoder->type != AVMEDIA_TYPE_AUDIO)
    return fail("options", "bad_option", fmt::format("there is no audio encoder '{}'", name));
  AudioRequest request = audio_request_of(*encoder);
  if (colon == std::string::npos) return request;
  HEVCPOOL_ASSIGN(request.bit_rate, parse_bit_rate(text.substr(colon + 1)));
  return request;
}

bool is_float_sound(const AVCodecParameters& codec) {
  const auto format = static_cast<AVSampleFormat>(codec.format);
  const AVSampleFormat packed = av_get_packed_sample_fmt(format);
  const bool named = std::string_view(avcodec_get_name(codec.codec_id)).starts_with("pcm_f");
  return named || (is_lossless(codec.codec_id) && (packed == AV_SAMPLE_FMT_FLT || packed == AV_SAMPLE_FMT_DBL));
}

std::string samples_lost(const AVCodecParameters& source, AVCodecID target) {
  const std::string_view name = avcodec_get_name(target);
  if (!is_lossless(target) || !is_lossless(source.codec_id) || name.starts_with("pcm_f") || name == "wavpack") return {};
  const bool at_most_24 = !name.starts_with("pcm_s32") && !name.starts_with("pcm_s64");
  if (is_float_sound(source))
    return fmt::format("floating point becomes {}: what is above full scale is cut off, and very soft sound becomes coarser",
                       at_most_24 ? "24 bits at most" : "integers");
  const int bits = std::max(av_get_bits_per_sample(source.codec_id), source.bits_per_raw_sample);
  return bits > 24 && at_most_24 ? fmt::format("{} bits become 24 at most", bits) : "";
}

AudioRequest audio_request_of(const AVCodec& encoder) {
  return {.action = AudioRequest::Action::encode, .encoder = encoder.name, .codec = encoder.id, .filter = {}, .begin = {}};
}

AudioRequest audio_request_for(const std::string& codec) {
  const AVCodecDescriptor* known = avcodec_descriptor_get_by_name(codec.c_str());
  const AVCodec* encoder = known ? settled(avcodec_find_encoder(known->id)) : nullptr;
  if (!encoder) return {};
  return audio_request_of(*encoder);
}

std::string ChannelLayout::name() const {
  std::array<char, 128> text{};
  av_channel_layout_describe(&layout_, text.data(), text.size());
  return text.data();
}

ChannelLayout stated_layout(const AVChannelLayout& layout) {
  if (layout.order != AV_CHANNEL_ORDER_UNSPEC) return ChannelLayout(layout);
  AVChannelLayout usual{};
  av_channel_layout_default(&usual, layout.nb_channels);
  return ChannelLayout(usual);
}

ChannelLayout layout_for(const AVCodec& encoder, const AVChannelLayout& source) {
  ChannelLayout wanted = stated_layout(source);
  if (wanted.get().order != AV_CHANNEL_ORDER_NATIVE) return wanted;
  const std::uint64_t mask = wanted.get().u.mask;
  // The plain channel configurations of AAC, which lists none, know surround sound with the speakers behind only.
  if (encoder.id == AV_CODEC_ID_AAC && (mask == AV_CH_LAYOUT_5POINT0 || mask == AV_CH_LAYOUT_5POINT1))
    return layout_of(normalized(mask));
  const std::vector<std::uint64_t> offered = layouts_of(encoder);
  return offered.empty() ? std::move(wanted) : layout_of(nearest(offered, mask));
}

int missing_channels(const AVChannelLayout& wanted, const AVChannelLayout& layout) {
  if (wanted.order != AV_CHANNEL_ORDER_NATIVE || layout.order != AV_CHANNEL_ORDER_NATIVE)
    return std::max(0, wanted.nb_channels - layout.nb_channels);
  return std::popcount(normalized(wanted.u.mask) & ~normalized(layout.u.mask));
}

bool same_channels(const AVChannelLayout& a, const AVChannelLayout& b) {
  if (av_channel_layout_compare(&a, &b) == 0) return true;
  return a.order == AV_CHANNEL_ORDER_NATIVE && b.order == AV_CHANNEL_ORDER_NATIVE &&
         normalized(a.u.mask) == normalized(b.u.mask);
}

}  // namespace hevcpool::media
