// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/clip/smart_cut.h"

#include <algorithm>
#include <cstddef>

namespace hevcpool::media {
namespace {

using Packets = std::vector<SourcePacket>;
constexpr std::size_t kNone = SIZE_MAX;

std::size_t first_key_from(const Packets& packets, std::int64_t time) {
  for (std::size_t i = 0; i < packets.size(); ++i)
    if (packets[i].key && packets[i].pts >= time) return i;
  return kNone;
}

std::size_t last_key_before(const Packets& packets, std::int64_t time) {
  for (std::size_t i = packets.size(); i-- > 0;)
    if (packets[i].key && packets[i].pts < time) return i;
  return kNone;
}

std::int64_t earliest(const Packets& packets, std::size_t from) {
  std::int64_t time = INT64_MAX;
  for (std::size_t i = from; i < packets.size(); ++i) time = std::min(time, packets[i].pts);
  return time;
}

std::int64_t latest(const Packets& packets, std::size_t from, std::size_t to) {
  std::int64_t time = INT64_MIN;
  for (std::size_t i = from; i < to; ++i) time = std::max(time, packets[i].pts);
  return time;
}

// The key frame before packet `at`, where leading pictures refer to what precedes it; else `at` itself.
SourcePacket decoding_start(const Packets& packets, std::size_t at, std::int64_t from) {
  if (packets[at].pts <= from) return packets[at];
  for (std::size_t i = at; i-- > 0;)
    if (packets[i].key) return packets[i];
  return packets[at];
}

}  // namespace

std::optional<SmartPlan> plan_smart_cut(const Packets& packets, std::int64_t begin, std::int64_t end, bool complete) {
  SmartPlan plan{.begin = INT64_MIN, .end = end, .head_key = {}, .tail_key = {}};
  if (packets.empty() || !packets.front().key || packets.front().pts > begin) return std::nullopt;
  for (const SourcePacket& packet : packets)
    if (packet.pts <= begin) plan.begin = std::max(plan.begin, packet.pts);
  const std::size_t first = first_key_from(packets, plan.begin);
  if (first == kNone || packets[first].pts >= end) return std::nullopt;
  plan.copy_from = packets[first].pts;
  plan.head_key = packets.front();
  for (std::size_t i = 0; i <= first; ++i)  // the last one before the part
    if (packets[i].key && packets[i].pts <= plan.begin) plan.head_key = packets[i];
  if (complete && latest(packets, 0, packets.size()) < end) return plan;

  const std::size_t after = first_key_from(packets, end);
  if (after != kNone && earliest(packets, after) >= end && latest(packets, first, after) < end) {
    plan.copy_to = packets[after].pts;
    return plan;
  }
  const std::size_t last = last_key_before(packets, end);
  if (last == kNone || last <= first) return std::nullopt;
  plan.copy_to = packets[last].pts;
  plan.tail_from = earliest(packets, last);
  if (latest(packets, first, last) >= plan.tail_from) return std::nullopt;
  plan.tail_key = decoding_start(packets, last, plan.tail_from);
  return plan;
}

}  // namespace hevcpool::media
