// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/verify/gop_check.h"

#include "media/input/frame_reader.h"
#include "media/libav/log_capture.h"

#include <algorithm>

namespace hevcpool::media {
namespace {

// Decoding is many times faster than encoding: a tenth of the frames costs about a hundredth of the time.
constexpr std::int64_t kLeastPerGroup = 12;
constexpr std::int64_t kMostPerGroup = 96;
constexpr int kGroups = 4;

}  // namespace

Expected<GopCheck> GopCheck::create(const AVStream& stream, std::int64_t packets) {
  GopCheck check;
  check.stream_ = stream.index;
  check.packets_ = packets;
  check.bound_ = std::clamp(packets / (10 * kGroups), kLeastPerGroup, kMostPerGroup);
  check.marks_ = {2 * packets / 3, packets / 3, 0};
  HEVCPOOL_ASSIGN(check.decoder_, open_stream_decoder(stream, 1));
  check.frame_.reset(av_frame_alloc());
  if (!check.frame_) return fail_av("verify", "frame", AVERROR(ENOMEM));
  return check;
}

Unexpected GopCheck::failure(int result) const {
  return fail("verify", "undecodable",
              fmt::format("the output does not decode near packet {} of stream {}: {}", seen_, stream_,
                          result < 0 ? av_message(result) : LogCapture::last_error("hevc")));
}

Expected<void> GopCheck::take(const AVPacket& packet) {
  const std::int64_t number = seen_++;
  if (packet.flags & AV_PKT_FLAG_KEY) {
    last_.clear();
    last_begins_ = number;
    if (!marks_.empty() && number >= marks_.back()) {
      if (left_ > 0) HEVCPOOL_CHECK(end_group());
      HEVCPOOL_CHECK(begin_group());
      from_start_ = number == 0;
      while (!marks_.empty() && number >= marks_.back()) marks_.pop_back();
    }
  }
  if (left_ > 0) return decode(packet);
  return last_begins_ >= checked_to_ ? keep(packet) : Expected<void>{};
}

Expected<void> GopCheck::keep(const AVPacket& packet) {
  if (static_cast<std::int64_t>(last_.size()) >= bound_) return {};
  PacketPtr copy(av_packet_clone(&packet));
  if (!copy) return fail_av("verify", "packet", AVERROR(ENOMEM));
  last_.push_back(std::move(copy));
  return {};
}

Expected<void> GopCheck::begin_group() {
  avcodec_flush_buffers(decoder_.get());
  left_ = bound_;
  sent_ = received_ = 0;
  return {};
}

Expected<void> GopCheck::decode(const AVPacket& packet) {
  ++sent_;
  checked_to_ = seen_;
  if (const int result = avcodec_send_packet(decoder_.get(), &packet); result < 0) return failure(result);
  HEVCPOOL_CHECK(receive());
  return --left_ == 0 ? end_group() : Expected<void>{};
}

Expected<void> GopCheck::receive() {
  for (;;) {
    const int result = avcodec_receive_frame(decoder_.get(), frame_.get());
    if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return {};
    if (result < 0) return failure(result);
    if (frame_->decode_error_flags || (frame_->flags & AV_FRAME_FLAG_CORRUPT)) return failure(0);
    ++received_;
    ++decoded_;
  }
}

// Pictures that lead an open group refer to the one before it, and are rightly left out by the decoder.
Expected<void> GopCheck::end_group() {
  left_ = 0;
  avcodec_send_packet(decoder_.get(), nullptr);
  HEVCPOOL_CHECK(receive());
  if (received_ == 0 || (from_start_ && received_ != sent_))
    return fail("verify", "undecodable", fmt::format("only {} of {} frames decode in a group of stream {}", received_,
                                                     sent_, stream_));
  return {};
}

Expected<void> GopCheck::finish() {
  if (left_ > 0) return end_group();
  if (last_.empty() || last_begins_ < checked_to_) return {};
  HEVCPOOL_CHECK(begin_group());
  from_start_ = false;
  for (const PacketPtr& packet : last_)
    if (left_ > 0) HEVCPOOL_CHECK(decode(*packet));
  return left_ > 0 ? end_group() : Expected<void>{};
}

}  // namespace hevcpool::media
