// SPDX-License-Identifier: GPL-2.0-or-later
// What an option asks of the sound, which encoder makes it, and in which of the layouts that the encoder knows.
#pragma once

#include "media/libav/av.h"

#include <cstdint>
#include <optional>
#include <string>

namespace hevcpool::media {

// "copy", "none", or a codec with a bit rate ("aac:160k").
struct AudioRequest {
  enum class Action { copy, none, encode } action = Action::copy;
  std::string encoder;        // libavcodec's name
  AVCodecID codec = AV_CODEC_ID_NONE;
  std::int64_t bit_rate = 0;  // 0: the encoder's choice
  std::string filter;         // for libavfilter, before the encoder; may be empty
  // Microseconds on the source's clock: the sound begins here, with silence up to the first sample. None: with that.
  std::optional<std::int64_t> begin;
};
Expected<AudioRequest> parse_audio_request(const std::string& text);
AudioRequest audio_request_of(const AVCodec& encoder);  // without a bit rate
// The encoder for a codec by libav's name, without a bit rate.
AudioRequest audio_request_for(const std::string& codec);

// Samples in floating point that are kept as they are, not what a lossy codec is decoded to.
bool is_float_sound(const AVCodecParameters& codec);
// What lossless sound loses of its samples when it becomes `target`, in words; empty: nothing. What lossy codecs lose is
// their purpose.
std::string samples_lost(const AVCodecParameters& source, AVCodecID target);

// A layout that frees itself.
class ChannelLayout {
 public:
  ChannelLayout() = default;
  explicit ChannelLayout(const AVChannelLayout& layout) { av_channel_layout_copy(&layout_, &layout); }
  ChannelLayout(ChannelLayout&& other) noexcept : layout_(other.layout_) { other.layout_ = {}; }
  ChannelLayout& operator=(ChannelLayout&&) = delete;
  ~ChannelLayout() { av_channel_layout_uninit(&layout_); }

  const AVChannelLayout& get() const { return layout_; }
  std::string name() const;  // "5.1(side)"

 private:
  AVChannelLayout layout_{};
};
// Where nothing is stated: the usual layout of so many channels.
ChannelLayout stated_layout(const AVChannelLayout& layout);
// The layout to encode sound of `source` in: its own where the encoder knows it, else one that has all of its speakers,
// else the one that has most of them.
ChannelLayout layout_for(const AVCodec& encoder, const AVChannelLayout& source);
// How many speakers of `wanted` are not in `layout`.
int missing_channels(const AVChannelLayout& wanted, const AVChannelLayout& layout);
// The same channels, if under other names: what is at the side for one codec is behind for another.
bool same_channels(const AVChannelLayout& a, const AVChannelLayout& b);

}  // namespace hevcpool::media
