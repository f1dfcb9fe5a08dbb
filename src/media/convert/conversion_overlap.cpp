// SPDX-License-Identifier: GPL-2.0-or-later
// The stages of a conversion that has threads for more than one of them: reading and decoding, filtering and scaling,
// encoding, muxing and the other streams. Packets go through in the order in which they are read, so the output is the
// same as without.
#include "media/convert/conversion.h"

#include "profile/recorder.h"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_pipeline.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <optional>

namespace hevcpool::media {

namespace {

// Packets between reading and muxing: enough for every stage to have one and another one waiting.
constexpr std::size_t kMostOnTheirWay = 8;

// The first error of any stage; after it the others do nothing more.
class FirstError {
 public:
  bool none() const { return !set_.load(std::memory_order_acquire); }
  void note(Error error) {
    const std::scoped_lock lock(mutex_);
    if (!error_) error_ = std::move(error);
    set_.store(true, std::memory_order_release);
  }
  // True when the stage went well.
  bool check(Expected<void> outcome) {
    if (!outcome) note(std::move(outcome.error()));
    return outcome.has_value();
  }
  Expected<void> take() { return error_ ? Expected<void>(Unexpected(std::move(*error_))) : Expected<void>{}; }

 private:
  std::atomic<bool> set_{false};
  std::mutex mutex_;
  std::optional<Error> error_;
};

}  // namespace

struct Conversion::PipelineItem {
  Route* route = nullptr;
  PacketPtr packet{av_packet_alloc()};
  std::vector<Picture> pictures;    // of a video stream: decoded, then filtered
  std::vector<PacketPtr> encoded;
  Reached reached;
  VideoStages* video() const { return route->video ? route->video->stages() : nullptr; }
};

// Stages are measured in one thread: while somebody measures, they follow one another.
bool Conversion::may_overlap() const {
  if (request_.options.threads < 2 || profile::Recorder::current() != nullptr || (pass_ != 1 && !output_)) return false;
  return std::ranges::all_of(routes_, [](const Route& route) {
    return !route.video || (route.video->ready() && route.video->stages() != nullptr);
  });
}

Expected<void> Conversion::read_overlapping() {
  std::array<PipelineItem, kMostOnTheirWay> ring;  // stages keep the order, so the oldest is free when another may begin
  for (const PipelineItem& item : ring)
    if (!item.packet) return fail_av("demux", "packet", AVERROR(ENOMEM));
  std::size_t next = 0;
  FirstError error;
  const auto first = [&](oneapi::tbb::flow_control& control) -> PipelineItem* {
    PipelineItem& item = ring[next++ % ring.size()];
    auto more = error.none() ? decode(item) : Expected<bool>(false);
    if (more && *more) return &item;
    if (!more) error.note(std::move(more.error()));
    control.stop();
    return nullptr;
  };
  const auto stage = [&error](auto step) {
    return [&error, step](PipelineItem* item) {
      if (error.none()) error.check(step(*item));
      return item;
    };
  };
  const auto filter = stage([](PipelineItem& p) { return p.video() ? p.video()->filter(p.pictures) : Expected<void>{}; });
  const auto encode = stage([this](PipelineItem& item) { return this->encode(item); });
  const auto mux = stage([this](PipelineItem& item) { return this->mux(item); });
  using oneapi::tbb::filter_mode, oneapi::tbb::make_filter;
  // A thread for each stage, however few CPUs: most of the time a stage waits for the threads of a decoder, a filter or
  // the encoder, and another must be able to go on meanwhile.
  constexpr int kStages = 4;
  const oneapi::tbb::global_control enough(oneapi::tbb::global_control::max_allowed_parallelism, kStages);
  oneapi::tbb::task_arena arena(kStages);
  arena.execute([&] {
    oneapi::tbb::parallel_pipeline(
        ring.size(), make_filter<void, PipelineItem*>(filter_mode::serial_in_order, first) &
                         make_filter<PipelineItem*, PipelineItem*>(filter_mode::serial_in_order, filter) &
                         make_filter<PipelineItem*, PipelineItem*>(filter_mode::serial_in_order, encode) &
                         make_filter<PipelineItem*, void>(filter_mode::serial_in_order, [&](PipelineItem* p) { mux(p); }));
  });
  return error.take();
}

// The next packet that somebody wants, decoded where it is video's. False: there is none.
Expected<bool> Conversion::decode(PipelineItem& item) {
  item.pictures.clear();
  item.encoded.clear();
  do {
    HEVCPOOL_ASSIGN(const bool more, read(*item.packet));
    if (!more) return false;
    item.route = route_for(*item.packet);
  } while (item.route == nullptr);
  if (item.video()) HEVCPOOL_CHECK(item.video()->decode(*item.packet, item.pictures));
  return true;
}

Expected<void> Conversion::encode(PipelineItem& item) const {
  if (!item.video()) return {};
  const PacketSink keep = [&item](AVPacket& packet) -> Expected<void> {
    PacketPtr kept(av_packet_alloc());
    if (!kept) return fail_av("encode", "no memory for a packet", AVERROR(ENOMEM));
    av_packet_move_ref(kept.get(), &packet);
    item.encoded.push_back(std::move(kept));
    return {};
  };
  HEVCPOOL_CHECK(item.video()->encode(item.pictures, keep));
  item.pictures.clear();  // their buffers are wanted for the next ones
  item.reached = reached_by(*item.route);
  return {};
}

Expected<void> Conversion::mux(PipelineItem& item) {
  if (!item.route->video) return item.route->other->send(*item.packet, item.route->sink);
  for (const PacketPtr& packet : item.encoded) HEVCPOOL_CHECK(deliver(*item.route, *packet));
  if (item.route == first_video()) report_progress(item.reached);
  return {};
}

}  // namespace hevcpool::media
