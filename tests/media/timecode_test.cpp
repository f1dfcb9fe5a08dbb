// SPDX-License-Identifier: GPL-2.0-or-later
// Timecodes: counted as their standard says, moved with a cut, kept at every rate that has them, else named.
#include "media/video/timecode.h"

#include "converted.h"

#include <gtest/gtest.h>

namespace hevcpool::media::testing {
namespace {

using namespace hevcpool::test;

TEST(TimecodeTest, CountsAndWritesTheSame) {
  for (const int fps : {24, 25, 30, 50, 60})
    for (const std::int64_t frame : {0, 1, 59, 1799, 17982, 100'000, 2'000'000}) {
      const std::string text = text_of({fps, false, frame});
      const auto code = parse_timecode(text, fps);
      ASSERT_TRUE(code) << text;
      EXPECT_EQ(code->frame, frame % (24 * 3600 * fps)) << text;
    }
}

TEST(TimecodeTest, DropFrameLeavesOutTwoNumbersOfMostMinutes) {
  EXPECT_EQ(parse_timecode("00:01:00;02", 30)->frame, 1800);
  EXPECT_EQ(text_of({30, true, 1799}), "00:00:59;29");
  EXPECT_EQ(text_of({30, true, 1800}), "00:01:00;02");
  EXPECT_EQ(text_of({30, true, 17'982}), "00:10:00;00");
  EXPECT_EQ(text_of({60, true, 3600}), "00:01:00;04");
  for (std::int64_t frame = 0; frame < 40'000; frame += 7)
    EXPECT_EQ(parse_timecode(text_of({30, true, frame}), 30)->frame, frame);
}

TEST(TimecodeTest, ADropFlagMeansNothingWhereNoNumbersAreLeftOut) {
  const auto code = parse_timecode("01:02:03;04", 24);
  ASSERT_TRUE(code);
  EXPECT_EQ(text_of(*code), "01:02:03:04");
}

TEST(TimecodeTest, WhatIsNoTimecodeStaysAsItIs) {
  for (const char* text : {"", "1:2", "01:02:03:40", "01:75:00:00", "a:b:c:d", "01:02:03:04:05", "-1:00:00:00"}) {
    EXPECT_FALSE(parse_timecode(text, 25)) << text;
    EXPECT_EQ(timecode_after(text, {{25, 1}, 25}, 10), text);
  }
}

TEST(TimecodeTest, IsLaterByThePicturesOfTheTime) {
  EXPECT_EQ(timecode_after("01:00:00:00", {{25, 1}, 25}, 10), "01:00:10:00");
  EXPECT_EQ(timecode_after("00:00:59:00", {{24'000, 1001}, 24}, 1.001), "00:01:00:00");
  EXPECT_EQ(timecode_after("00:00:59;28", {{30'000, 1001}, 30}, 0.067), "00:01:00;02");
  EXPECT_EQ(timecode_after("23:59:59:24", {{25, 1}, 25}, 0.04), "00:00:00:00");
}

// The timecode of the first picture in a converted file.
std::string kept(const MadeFile& spec, const EncodeOptions& options) {
  const Converted result = convert_made(spec, options);
  if (!result.ok()) return result.problem();
  for (const Tags* tags : {&result.after.of("video").at(0)->tags, &result.after.tags})
    for (const auto* name : {"timecode", "TIMECODE"})
      if (const auto tag = tags->find(name); tag != tags->end()) return tag->second;
  return "none";
}

MadeFile at_rate(const std::string& rate, const std::string& timecode, const std::string& more = {}) {
  MadeFile spec;
  spec.muxer = "mov";
  spec.videos[0].graph = "testsrc2=size=64x64:duration=2:rate=" + rate + more;
  spec.videos[0].tags = {{"timecode", timecode}};
  return spec;
}

TEST(TimecodeTest, IsKeptAtEveryRateAndMovedWithACut) {
  const std::vector<std::tuple<std::string, std::string, std::string>> cases = {
      {"24000/1001", "01:02:03:04", "01:02:04:03"}, {"24", "01:02:03:04", "01:02:04:04"},
      {"25", "01:02:03:04", "01:02:04:04"},         {"30000/1001", "00:00:59;28", "00:01:00;29"},
      {"30000/1001", "00:00:59:28", "00:01:00:27"}, {"30", "01:02:03:04", "01:02:04:04"},
      {"50", "01:02:03:44", "01:02:04:44"},         {"60000/1001", "00:00:00;10", "00:00:01;09"},
      {"60", "01:02:03:04", "01:02:04:04"}};
  for (const auto& [rate, timecode, later] : cases)
    for (const Container container : {Container::mp4, Container::mov}) {
      EncodeOptions options = quick();
      options.container = container;
      EXPECT_EQ(kept(at_rate(rate, timecode), options), timecode) << rate;
      options.start = 1;
      EXPECT_EQ(kept(at_rate(rate, timecode), options), later) << rate;
    }
}

// A recorder that left out pictures: the average rate is an odd number, the timecode's is not.
TEST(TimecodeTest, IsKeptWherePicturesAreMissing) {
  MadeFile spec = at_rate("25", "01:00:00:00", ",select='not(eq(mod(n\\,20)\\,7))'");
  for (const Container container : {Container::mp4, Container::mov}) {
    EncodeOptions options = quick();
    options.container = container;
    EXPECT_EQ(kept(spec, options), "01:00:00:00");
    options.start = 1;
    EXPECT_EQ(kept(spec, options), "01:00:01:00");
  }
}

// libav reads no timecode from such a track.
TEST(TimecodeTest, AWrongDropFlagDoesNotCostTheTimecode) {
  std::string bytes = content(make_file(at_rate("24", "01:02:03:04")).get());
  const std::size_t entry = bytes.find("tmcd", bytes.find("stsd", bytes.find("tmcd")));
  bytes[entry + 19] = 1;
  for (const Container container : {Container::mp4, Container::mov}) {
    EncodeOptions options = quick();
    options.container = container;
    const Converted result = convert(memory_file(bytes), options);
    ASSERT_TRUE(result.ok()) << result.problem();
    EXPECT_EQ(result.after.of("video").at(0)->tags.at("timecode"), "01:02:03:04");
  }
}

TEST(TimecodeTest, ARateWithoutTimecodeTracksIsNamedAsALoss) {
  MadeFile spec = at_rate("12", "01:02:03:04");
  spec.muxer = "matroska";
  EncodeOptions options = quick();
  options.container = Container::mp4;
  const Converted result = convert_made(spec, options);
  ASSERT_TRUE(result.ok()) << result.problem();
  EXPECT_TRUE(result.warned("timecode", "01:02:03:04"));
  options.strict = true;
  EXPECT_FALSE(convert_made(spec, options).ok());
  options.container = Container::mkv;
  EXPECT_EQ(kept(spec, options), "01:02:03:04");
}

}  // namespace
}  // namespace hevcpool::media::testing
