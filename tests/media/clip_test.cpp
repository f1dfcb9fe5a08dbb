// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/clip.h"

#include "media/counting_clip.h"

namespace hevcpool::media {
namespace {

test::MadeFile long_clip() {
  test::MadeFile spec = counting_clip(50);
  spec.audios = {test::MadeAudio{.graph = "sine=frequency=440:sample_rate=48000:duration=2"}};
  return spec;
}

Expected<ClipReport> cut(const UniqueFd& source, const UniqueFd& target, const Clip& options,
                         const std::string& name = "clip.mp4") {
  return cut_clip({.source = source.get(), .target = target.get(), .name = "a.mp4", .output_name = name,
                   .options = options});
}

TEST(ClipTest, CopiesFromTheKeyFrameBefore) {
  const auto source = test::make_file(long_clip());
  for (const char* name : {"clip.mp4", "clip.mkv"}) {
    const auto target = test::memory_file();
    const auto report = cut(source, target, {.start = 0.5, .duration = 0.5}, name);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_FALSE(report->reencoded);
    EXPECT_LE(report->start, 0.5);
    const auto found = test::read_file(target.get());
    ASSERT_EQ(found.of("video").size(), 1u);
    ASSERT_EQ(found.of("audio").size(), 1u);
    EXPECT_EQ(static_cast<std::int64_t>(found.of("video")[0]->packets.size()), report->packets);
    EXPECT_NEAR(found.duration, 1 - report->start, 0.15);
  }
}

TEST(ClipTest, ExactBeginsWithTheVeryFrame) {
  const auto source = test::make_file(long_clip());
  const auto target = test::memory_file();
  Clip options{.start = 0.8, .duration = 0.4, .mode = ClipMode::exact};
  options.options.preset = "ultrafast";
  const auto report = cut(source, target, options);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->reencoded);
  const auto found = test::read_file(target.get());
  EXPECT_EQ(found.of("video").at(0)->codec, "hevc");
  EXPECT_EQ(found.of("video")[0]->packets.size(), 10u);
  EXPECT_EQ(number_shown(target.get(), "clip.mp4"), 20);
}

TEST(ClipTest, NothingBehindTheEnd) {
  const auto source = test::make_file(long_clip());
  const auto target = test::memory_file();
  EXPECT_FALSE(cut(source, target, {.start = 0, .duration = 0.5}, "clip.unknown"));
}

}  // namespace
}  // namespace hevcpool::media
