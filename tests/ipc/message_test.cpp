// SPDX-License-Identifier: GPL-2.0-or-later
#include "ipc/message.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace hevcpool::ipc {
namespace {

struct Sample {
  Header header;
  Arrival arrival;
  Route route = Route::worker_to_supervisor;
  std::string_view problem() const { return problem_with(header, arrival, route); }
};

Sample result_of(std::size_t body) {
  Sample sample;
  sample.header.kind = Kind::result;
  sample.header.job = 7;
  sample.header.body_size = static_cast<std::uint32_t>(body);
  sample.arrival.bytes = sizeof(Header) + body;
  return sample;
}

Sample job_of(std::size_t body) {
  Sample sample = result_of(body);
  sample.header.kind = Kind::job;
  sample.route = Route::host_to_supervisor;
  return sample;
}

TEST(MessageTest, AcceptsHonestMessages) {
  EXPECT_EQ(result_of(0).problem(), "");
  EXPECT_EQ(result_of(kMaxInlineBody).problem(), "");
  EXPECT_EQ(job_of(12).problem(), "");
}

TEST(MessageTest, RejectsEveryLengthThatDoesNotMatch) {
  for (std::size_t bytes = 0; bytes < sizeof(Header) + 20; ++bytes) {
    Sample sample = result_of(10);
    sample.arrival.bytes = bytes;
    EXPECT_EQ(sample.problem().empty(), bytes == sizeof(Header) + 10) << bytes;
  }
}

TEST(MessageTest, RejectsEachLie) {
  const std::vector<std::pair<const char*, std::function<void(Sample&)>>> lies = {
      {"magic", [](Sample& s) { s.header.magic ^= 1; }},
      {"kind 0", [](Sample& s) { s.header.kind = Kind{}; }},
      {"kind 33", [](Sample& s) { s.header.kind = Kind{33}; }},
      {"kind of the other way", [](Sample& s) { s.header.kind = Kind::job; }},
      {"no job", [](Sample& s) { s.header.job = 0; }},
      {"job in ready", [](Sample& s) { s.header.kind = Kind::ready; }},
      {"unknown flag", [](Sample& s) { s.header.flags = 64; }},
      {"flag of another kind", [](Sample& s) { s.header.flags = flag::report_start; }},
      {"memfd absent", [](Sample& s) { s.header.flags = flag::body_in_memfd; }},
      {"memfd and inline", [](Sample& s) { s.header.flags = flag::body_in_memfd; s.header.descriptors = s.arrival.descriptors = 1; }},
      {"descriptor unannounced", [](Sample& s) { s.arrival.descriptors = 1; }},
      {"descriptor announced", [](Sample& s) { s.header.descriptors = 1; }},
      {"descriptor in a result", [](Sample& s) { s.header.descriptors = s.arrival.descriptors = 1; }},
      {"truncated", [](Sample& s) { s.arrival.truncated = true; }},
      {"descriptors truncated", [](Sample& s) { s.arrival.descriptors_lost = true; }},
      {"outcome", [](Sample& s) { s.header.status = 3; }},
      {"frame", [](Sample& s) { s.header.frame = 1; }},
      {"exit status", [](Sample& s) { s.header.exit_status = 9; }},
      {"limit", [](Sample& s) { s.header.timeout_us = 1; }},
      {"task", [](Sample& s) { s.header.task = 1; }},
  };
  for (const auto& [name, lie] : lies) {
    Sample sample = result_of(10);
    lie(sample);
    EXPECT_NE(sample.problem(), "") << name;
  }
}

TEST(MessageTest, BoundsBodiesByKind) {
  Sample progress = result_of(kMaxProgress);
  progress.header.kind = Kind::progress;
  EXPECT_EQ(progress.problem(), "");
  Sample ready = result_of(kMaxReport + 1);
  ready.header.kind = Kind::ready;
  ready.header.job = 0;
  EXPECT_NE(ready.problem(), "");
  Sample large = result_of(0);
  large.header.flags = flag::body_in_memfd;
  large.header.descriptors = static_cast<std::uint16_t>(large.arrival.descriptors = 1);
  large.header.body_size = kMaxBody;
  EXPECT_EQ(large.problem(), "");
  large.header.body_size = kMaxBody + 1;
  EXPECT_NE(large.problem(), "");
}

TEST(MessageTest, BoundsTheDescriptorsOfAJob) {
  Sample job = job_of(4);
  job.header.descriptors = kMaxDescriptors;
  job.arrival.descriptors = kMaxDescriptors;
  EXPECT_EQ(job.problem(), "");
  ++job.header.descriptors;
  ++job.arrival.descriptors;
  EXPECT_NE(job.problem(), "");
}

// Any header at all is judged without reading past what arrived; most random ones are refused.
TEST(MessageTest, SurvivesRandomHeaders) {
  std::uint64_t random = 88172645463325252u;
  const auto next = [&random] {
    random ^= random << 13;
    random ^= random >> 7;
    return random ^= random << 17;
  };
  for (int i = 0; i < 100000; ++i) {
    Sample sample;
    sample.header.kind = static_cast<Kind>(next() % 40);
    sample.header.flags = static_cast<std::uint16_t>(next() % 16);
    sample.header.body_size = static_cast<std::uint32_t>(next());
    sample.header.descriptors = static_cast<std::uint16_t>(next() % 300);
    sample.arrival.bytes = next() % (kMaxDatagram + 100);
    sample.arrival.descriptors = next() % 300;
    sample.route = static_cast<Route>(next() % 4);
    if (!sample.problem().empty()) continue;
    EXPECT_LE(sample.header.body_size, kMaxBody);
    EXPECT_LE(sample.header.descriptors, kMaxDescriptors + 1);
  }
}

}  // namespace
}  // namespace hevcpool::ipc
