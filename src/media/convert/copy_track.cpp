// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/libav/compat.h"
#include "media/mux/matroska_marks.h"
#include "media/convert/stream_track.h"
#include "media/input/timeline.h"

#include <algorithm>

namespace hevcpool::media {
namespace {

constexpr std::int64_t kLongestPriming = AV_TIME_BASE / 10;

class CopyTrack final : public StreamTrack {
 public:
  CopyTrack(const AVStream& source, const AVOutputFormat& target) : source_(source), target_(target), clock_(source) {}

  Expected<void> describe(AVStream& output) const override { return describe_copy(source_, target_, output); }
  Expected<void> send(AVPacket& packet, const PacketSink& sink) override {
    if (packet.size == 0 && packet.side_data_elems == 0) return {};
    if (is_hidden(packet)) return {};
    clock_.apply(packet);
    return sink(packet);
  }
  Expected<void> finish(const PacketSink&) override { return {}; }
  AVRational time_base() const override { return clock_.time_base(); }

 private:
  bool is_hidden(const AVPacket& packet);

  const AVStream& source_;
  const AVOutputFormat& target_;
  CopyClock clock_;
  bool begun_ = false;  // a packet was there that is heard or shown
};

// An edit list of the source leaves the packet out. What is before the beginning is kept for the decoder: all of it where the
// target has edit lists, too; as much as a codec needs where it has a delay of the codec.
bool CopyTrack::is_hidden(const AVPacket& packet) {
  const bool hidden = (packet.flags & AV_PKT_FLAG_DISCARD) != 0;
  begun_ |= !hidden;
  const bool is_priming = packet.pts != AV_NOPTS_VALUE && microseconds(packet.pts, source_.time_base) >= -kLongestPriming;
  return hidden && (begun_ || !(has_edit_lists(target_) || (writes_matroska(target_) && is_priming)));
}

Expected<void> copy_side_data(const AVStream& from, AVStream& to) {
  for (const AVPacketSideData& data : stream_side_data(from)) {
    std::uint8_t* copy = new_stream_side_data(to, data.type, data.size);
    if (!copy) return fail_av("mux", "stream side data", AVERROR(ENOMEM));
    std::copy_n(data.data, data.size, copy);
  }
  return {};
}

// The source's tag where the target's table has it for this codec, or knows no other; else the muxer's choice.
unsigned tag_in(const AVOutputFormat& target, const AVCodecParameters& codec) {
  const auto* tables = target.codec_tag;
  unsigned other = 0;
  if (codec.codec_id == AV_CODEC_ID_BIN_DATA || codec.codec_id == AV_CODEC_ID_NONE) return codec.codec_tag;
  if (!tables || av_codec_get_id(tables, codec.codec_tag) == codec.codec_id) return codec.codec_tag;
  return av_codec_get_tag2(tables, codec.codec_id, &other) ? 0 : codec.codec_tag;
}

}  // namespace

Expected<void> describe_copy(const AVStream& source, const AVOutputFormat& target, AVStream& output) {
  if (const int result = avcodec_parameters_copy(output.codecpar, source.codecpar); result < 0)
    return fail_av("mux", "codec parameters", result);
  AVCodecParameters& codec = *output.codecpar;
  codec.codec_tag = tag_in(target, *source.codecpar);
  // Some demuxers give the frame length here; muxers would take it for constant.
  const bool frame_length = codec.block_align == 1 || codec.block_align == 1152 || codec.block_align == 576;
  if (codec.codec_id == AV_CODEC_ID_AC3 || (codec.codec_id == AV_CODEC_ID_MP3 && frame_length)) codec.block_align = 0;
  output.time_base = codec.codec_type == AVMEDIA_TYPE_AUDIO && codec.sample_rate > 0 ? AVRational{1, codec.sample_rate}
                                                                                     : source.time_base;
  output.avg_frame_rate = source.avg_frame_rate;
  return copy_side_data(source, output);
}

Expected<std::unique_ptr<StreamTrack>> make_copy_track(const AVStream& source, const AVOutputFormat& target) {
  return std::make_unique<CopyTrack>(source, target);
}

Expected<std::unique_ptr<StreamTrack>> make_copy_track(const AVStream& source, Container container) {
  return make_copy_track(source, *av_guess_format(muxer_name(container), nullptr, nullptr));
}

}  // namespace hevcpool::media
