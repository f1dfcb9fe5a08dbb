// SPDX-License-Identifier: GPL-2.0-or-later
// A picture stays on screen until the next one: at the begin and the end of a range, and at the end of a film.
#include "converted.h"

#include <bit>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hevcpool::media::testing {
namespace {

using namespace hevcpool::test;
using ::testing::ElementsAre;

// Pictures of two seconds each.
MadeFile slides(const std::string& muxer) {
  MadeFile spec;
  spec.muxer = muxer;
  spec.videos[0].graph = "testsrc2=size=64x64:rate=1/2:duration=10";
  return spec;
}

std::vector<double> rounded_times(const Converted& result) {
  std::vector<double> times = result.after.of("video").at(0)->times();
  for (double& time : times) time = std::round(time * 100) / 100;
  return times;
}

class StandingPictureTest : public ::testing::TestWithParam<std::tuple<const char*, Container>> {
 protected:
  static Converted cut(const MadeFile& spec, double start, double duration) {
    EncodeOptions options = quick();
    options.lossless = true;
    options.container = std::get<1>(GetParam());
    options.start = start;
    options.duration = duration;
    Converted result = convert_made(spec, options);
    EXPECT_TRUE(result.ok()) << result.problem();
    const auto verified = result.verified(Verify::full, options);
    EXPECT_TRUE(verified) << verified.error().message;
    return result;
  }
};

TEST_P(StandingPictureTest, ARangeBeginsWithThePictureThatIsOn) {
  const Converted result = cut(slides(std::get<0>(GetParam())), 3, 2.5);
  EXPECT_THAT(rounded_times(result), ElementsAre(0, 1));
  EXPECT_NEAR(result.after.duration, 2.5, 0.01);
}

TEST_P(StandingPictureTest, ARangeMayLieWithinOnePicture) {
  const Converted result = cut(slides(std::get<0>(GetParam())), 4.5, 1);
  EXPECT_THAT(rounded_times(result), ElementsAre(0));
  EXPECT_NEAR(result.after.duration, 1, 0.01);
}

TEST_P(StandingPictureTest, ARangeMayLieWithinTheLastPicture) {
  const Converted result = cut(slides(std::get<0>(GetParam())), 9, 0);
  EXPECT_THAT(rounded_times(result), ElementsAre(0));
  EXPECT_NEAR(result.after.duration, 1, 0.01);
}

TEST_P(StandingPictureTest, TimesCountFromTheFilesStartWhereThePictureBeginsLate) {
  MadeFile spec = slides(std::get<0>(GetParam()));
  spec.videos[0].graph = "testsrc2=size=64x64:rate=25:duration=2";
  spec.videos[0].delay = 0.4;
  spec.audios = {MadeAudio{}};
  spec.audios[0].graph = "sine=sample_rate=48000:duration=3";
  if (spec.muxer == "matroska") spec.audios[0].encoder = "flac";  // without priming, which would move all times
  EXPECT_EQ(cut(spec, 1, 0.4).report->frames, 10);
  EXPECT_EQ(cut(spec, 0.2, 0.4).report->frames, 5);
  EXPECT_EQ(cut(spec, 0, 0.8).report->frames, 10);
  EXPECT_NEAR(cut(spec, 0.2, 0.4).after.of("video").at(0)->times().at(0), 0.2, 0.03);
}

TEST_P(StandingPictureTest, TheWholeFilmKeepsHowLongTheLastPictureStays) {
  const Converted result = cut(slides(std::get<0>(GetParam())), 0, 0);
  EXPECT_NEAR(result.after.duration, 10, 0.01);
}

INSTANTIATE_TEST_SUITE_P(Containers, StandingPictureTest,
                         ::testing::Combine(::testing::Values("mp4", "mov", "matroska"),
                                            ::testing::Values(Container::mp4, Container::mov, Container::mkv)));

// A film of one second whose header says that it lasts five: the last picture stays.
TEST(HeldPictureTest, MatroskaSaysItInItsHeader) {
  MadeFile spec;
  spec.muxer = "matroska";
  std::string bytes = content(make_file(spec).get());
  const std::size_t duration = bytes.find("\x44\x89\x88");
  ASSERT_NE(duration, std::string::npos);
  const auto five = std::bit_cast<std::uint64_t>(5000.0);
  for (std::size_t n = 0; n < 8; ++n) bytes[duration + 3 + n] = static_cast<char>(five >> (56 - 8 * n));
  for (const Container container : {Container::mp4, Container::mov, Container::mkv}) {
    EncodeOptions options = quick();
    options.container = container;
    const Converted result = convert(memory_file(bytes), options);
    ASSERT_TRUE(result.ok()) << result.problem();
    EXPECT_EQ(result.report->frames, 25);
    EXPECT_NEAR(result.after.duration, 5, 0.01);
    const auto verified = result.verified();
    EXPECT_TRUE(verified) << verified.error().message;
    const Converted again = convert(memory_file(content(result.target.get())), options);
    ASSERT_TRUE(again.ok()) << again.problem();
    EXPECT_NEAR(again.after.duration, 5, 0.01);
  }
}

// Sets the durations in all boxes of a type to all ones: not known.
void forget_durations(std::string& bytes, const std::string& type, std::size_t offset) {
  for (std::size_t at = bytes.find(type); at != std::string::npos; at = bytes.find(type, at + 4))
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at + offset), 4, '\xff');
}

class UnknownDurationTest : public ::testing::TestWithParam<const char*> {};

TEST_P(UnknownDurationTest, IsNoPromise) {
  MadeFile spec;
  spec.audios = {MadeAudio{}};
  spec.muxer_options = {{"movflags", GetParam()}};
  std::string bytes = content(make_file(spec).get());
  forget_durations(bytes, "mvhd", 20);
  forget_durations(bytes, "tkhd", 24);
  forget_durations(bytes, "mdhd", 20);
  const Converted result = convert(memory_file(bytes));
  ASSERT_TRUE(result.ok()) << result.problem();
  EXPECT_EQ(result.report->frames, 25);
  EXPECT_LT(result.report->inspection.duration, 1.3);
  EXPECT_NEAR(result.after.duration, 1, 0.1);
}

INSTANTIATE_TEST_SUITE_P(Layouts, UnknownDurationTest,
                         ::testing::Values("faststart", "frag_keyframe+empty_moov", "frag_keyframe+empty_moov+default_base_moof",
                                           "dash+frag_keyframe"));

}  // namespace
}  // namespace hevcpool::media::testing
