// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/video/frame_encoder.h"

#include <algorithm>
#include <iterator>

#include "media/libav/compat.h"
#include "media/video/x265_threads.h"

namespace hevcpool::media {
namespace {

bool is_slice(const x265_nal& nal) {
  return nal.type < NAL_UNIT_VPS;
}

std::size_t total_size(const AccessUnit& unit, const FrameMessages& messages) {
  std::size_t size = messages.before.size() + messages.after.size();
  for (const auto& nal : unit.nals) size += nal.sizeBytes;
  return size;
}

// The access unit in one piece: prefix messages go before the first slice, suffixes to the end.
void assemble(std::uint8_t* out, const AccessUnit& unit, const FrameMessages& messages) {
  bool sliced = false;
  for (const auto& nal : unit.nals) {
    if (is_slice(nal) && !sliced) {
      out = std::copy(messages.before.begin(), messages.before.end(), out);
      sliced = true;
    }
    out = std::copy_n(nal.payload, nal.sizeBytes, out);
  }
  std::copy(messages.after.begin(), messages.after.end(), out);
}

HeaderEdit edit_for(const StreamFormat& format) {
  HeaderEdit edit;
  edit.hide_right = format.picture.coded_width - format.picture.width;
  edit.hide_bottom = format.picture.coded_height - format.picture.height;
  edit.interlaced = format.fields != FieldOrder::progressive;
  return edit;
}

}  // namespace

FrameEncoder::FrameEncoder(const StreamFormat& format, std::unique_ptr<X265Encoder> encoder)
    : format_(format),
      encoder_(std::move(encoder)),
      converter_(format.picture, format.sample_aspect),
      clock_(encoder_->reorder_delay()) {}

Expected<std::unique_ptr<FrameEncoder>> FrameEncoder::open(const StreamFormat& format,
                                                           const EncodeOptions& options,
                                                           const VideoTrack::Pass& pass,
                                                           Bytes key_frame_messages) {
  HEVCPOOL_ASSIGN(auto encoder, X265Encoder::open(format, options, pass));
  std::unique_ptr<FrameEncoder> out(new FrameEncoder(format, std::move(encoder)));
  const HeaderEdit edit = edit_for(format);
  out->headers_ = out->encoder_->headers();
  out->change_key_frame_messages(std::move(key_frame_messages));
  if (!edit.empty()) {
    HEVCPOOL_ASSIGN(out->headers_, edit_headers(out->headers_, edit));
  }
  return out;
}

void FrameEncoder::warn(Diagnostics& notes) const {
  for (const std::string& sentence : encoder_->without_effect()) notes.warn("no_effect", sentence);
  if (bytes_may_differ(encoder_->parameters()))
    notes.warn("unrepeatable", "with VBV and several threads x265 gives other bytes in every run; --threads 1 does not");
}

FieldOrder FrameEncoder::fields_of(const AVFrame& frame) const {
  if (format_.fields == FieldOrder::progressive || !is_interlaced(frame)) return FieldOrder::progressive;
  return is_top_field_first(frame) ? FieldOrder::top_first : FieldOrder::bottom_first;
}

Expected<void> FrameEncoder::encode(const AVFrame& frame, const AVFrame& picture, std::int64_t pts,
                                    std::int64_t duration, const PacketSink& sink) {
  FrameMessages messages = messages_of(frame, format_.frame_rate);
  if (!keeps_dolby_vision_) messages.after.clear();
  if (encoder_->wants_field_order()) {
    const Bytes timing = field_order_message(fields_of(frame));
    messages.before.insert(messages.before.begin(), timing.begin(), timing.end());
  }
  if (!messages.empty()) messages_.emplace(frames_, std::move(messages));
  ++frames_;
  clock_.push(pts, duration);
  HEVCPOOL_CHECK(
      encoder_->encode(picture, fields_of(frame), [&](const AccessUnit& unit) { return keep(unit); }));
  return pass_on(sink);
}

Expected<void> FrameEncoder::finish(std::int64_t duration, const PacketSink& sink) {
  clock_.set_last_duration(duration);
  clock_.finish();
  HEVCPOOL_CHECK(encoder_->drain([&](const AccessUnit& unit) { return keep(unit); }));
  return pass_on(sink);
}

FrameMessages FrameEncoder::take_messages(std::int64_t frame) {
  auto node = messages_.extract(frame);
  return node.empty() ? FrameMessages{} : std::move(node.mapped());
}

const Bytes& FrameEncoder::key_frame_messages(std::int64_t frame) const {
  return std::prev(key_frame_messages_.upper_bound(frame))->second;
}

Expected<void> FrameEncoder::keep(const AccessUnit& unit) {
  FrameMessages messages = take_messages(unit.frame);
  if (unit.key) {
    const Bytes& more = key_frame_messages(unit.frame);
    messages.before.insert(messages.before.begin(), more.begin(), more.end());
  }
  PacketPtr packet(av_packet_alloc());
  if (!packet || av_new_packet(packet.get(), static_cast<int>(total_size(unit, messages))) < 0)
    return fail_av("encode", "no memory for a packet", AVERROR(ENOMEM));
  assemble(packet->data, unit, messages);
  if (unit.key) packet->flags |= AV_PKT_FLAG_KEY;
  if (unit.disposable) packet->flags |= AV_PKT_FLAG_DISPOSABLE;
  waiting_.push_back({std::move(packet), unit.frame});
  return {};
}

Expected<void> FrameEncoder::pass_on(const PacketSink& sink) {
  while (!waiting_.empty() && clock_.known(waiting_.front().frame)) {
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    const PacketTimes times = clock_.take(next.frame);
    next.packet->pts = times.pts;
    next.packet->dts = times.dts;
    next.packet->duration = times.duration;
    HEVCPOOL_CHECK(sink(*next.packet));
  }
  return {};
}

}  // namespace hevcpool::media
