// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/still/thumbnail.h"

#include "media/counting_clip.h"
#include "media/still/still_encoder.h"
#include "media/still/thumbnail_times.h"

#include <gmock/gmock.h>

namespace hevcpool::media {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Pictures {
  ThumbnailReport report;
  std::vector<UniqueFd> files;
};

Pictures make(const UniqueFd& source, Thumbnail options, std::size_t files = 1, int map = -1) {
  Pictures made;
  options.picture.format = options.picture.format == StillFormat::automatic ? StillFormat::png : options.picture.format;
  ThumbnailRequest request{.source = source.get(), .name = "clip.mp4", .options = options, .map = map,
                           .sheet_name = "sheet.png"};
  for (std::size_t i = 0; i < files; ++i) {
    made.files.push_back(test::memory_file());
    request.targets.push_back(made.files.back().get());
  }
  auto report = thumbnail(request);
  EXPECT_TRUE(report) << report.error().message;
  if (report) made.report = std::move(*report);
  return made;
}

TEST(ThumbnailTest, ShowsTheFrameThatIsOnScreen) {
  const auto source = test::make_file(counting_clip());
  const auto made = make(source, {.at = {"0.5", "0", "75%", "0.41"}}, 4);
  EXPECT_NEAR(number_shown(made.files[0].get(), "a.png"), 12, 1);  // 0.48 to 0.52
  EXPECT_EQ(number_shown(made.files[1].get(), "a.png"), 0);
  EXPECT_NEAR(number_shown(made.files[2].get(), "a.png"), 37, 1);
  EXPECT_NEAR(made.report.pictures[0].seconds, 0.48, 0.001);
  EXPECT_NEAR(made.report.pictures[2].seconds, 1.48, 0.001);
  EXPECT_NEAR(made.report.pictures[3].seconds, 0.40, 0.001);
}

// A file that is one picture, and a song with a cover, have the same picture at every moment.
TEST(ThumbnailTest, OnePictureIsShownAtEveryMoment) {
  test::MadeFile song;
  song.videos.clear();
  song.audios.push_back({});
  song.cover = test::make_jpeg(96, 64);
  for (const char* muxer : {"ipod", "mp4", "mp3"}) {
    song.muxer = muxer;
    if (song.muxer == "mp3") song.audios[0].encoder = "libmp3lame";
    const auto made = make(test::make_file(song), {.at = {"0", "0.5"}}, 2);
    EXPECT_EQ(made.report.width, 96) << muxer;
    EXPECT_EQ(made.report.height, 64) << muxer;
  }
  const auto made = make(test::memory_file(test::make_jpeg(96, 64)), {.at = {"50%"}});
  EXPECT_EQ(made.report.width, 96);
}

TEST(ThumbnailTest, CountsTheFramesOfAStreamWithoutTimes) {
  auto spec = counting_clip();
  spec.muxer = "h264";
  const auto source = test::make_file(spec);
  const auto made = make(source, {.at = {"1.01", "0.21", "0.53"}}, 3);
  EXPECT_NEAR(number_shown(made.files[0].get(), "a.png"), 25, 1);
  EXPECT_NEAR(number_shown(made.files[1].get(), "a.png"), 5, 1);
  EXPECT_NEAR(number_shown(made.files[2].get(), "a.png"), 13, 1);
  EXPECT_NEAR(made.report.pictures[0].seconds, 1, 0.001);
}

// x264's frames come in another order than they are shown in, so the one shown may not be the one that comes next.
TEST(ThumbnailTest, AnyFrameIsFoundAlone) {
  for (const char* muxer : {"mp4", "matroska", "mpegts", "flv"}) {
    auto spec = counting_clip();
    spec.muxer = muxer;
    const auto source = test::make_file(spec);
    for (int number = 0; number < 50; number += 3) {
      const auto made = make(source, {.at = {std::to_string(number * 0.04 + 0.01)}});
      ASSERT_EQ(made.report.pictures.size(), 1u);
      EXPECT_NEAR(made.report.pictures[0].seconds, number * 0.04, 0.002) << muxer;
      EXPECT_NEAR(number_shown(made.files[0].get(), "a.png"), number, 1) << muxer;
    }
  }
}

// Pictures that stay for two seconds each, as of a slide show; the container counts milliseconds or finer.
TEST(ThumbnailTest, APictureThatStaysIsShownUntilTheNext) {
  for (const char* muxer : {"mp4", "matroska", "mov", "flv"}) {
    test::MadeFile spec;
    spec.muxer = muxer;
    spec.videos[0].graph = "nullsrc=size=64x48:rate=1/2:duration=20,format=yuv420p,geq=lum='N*4+20':cb=128:cr=128";
    const auto source = test::make_file(spec);
    for (const auto& [at, number] : {std::pair{"1.9", 0}, {"2", 1}, {"7.3", 3}, {"15.999", 7}, {"99", 9}}) {
      const auto made = make(source, {.at = {at}});
      EXPECT_EQ(number_shown(made.files[0].get(), "a.png"), number) << muxer << " at " << at;
    }
    const auto many = make(source, {.at = {"1.9", "3", "3.9", "8.5", "11"}}, 5);
    for (std::size_t n = 0; const int number : {0, 1, 1, 4, 5})
      EXPECT_EQ(number_shown(many.files[n++].get(), "a.png"), number) << muxer;
  }
}

// Too few frames for libav to tell in which order they come, and so when the first one is shown.
TEST(ThumbnailTest, AFilmOfVeryFewFramesHasAPicture) {
  for (const char* muxer : {"mp4", "matroska", "mov"})
    for (const int frames : {1, 2, 5}) {
      auto spec = counting_clip(frames);
      spec.muxer = muxer;
      spec.videos[0].b_frames = 0;
      const auto source = test::make_file(spec);
      EXPECT_EQ(number_shown(make(source, {.at = {"0"}}).files[0].get(), "a.png"), 0) << muxer << frames;
      EXPECT_EQ(number_shown(make(source, {.at = {"9"}}).files[0].get(), "a.png"), frames - 1) << muxer << frames;
    }
}

TEST(ThumbnailTest, CountsFromTheFilesStartWhereThePictureBeginsLate) {
  for (const char* muxer : {"mp4", "matroska", "mpegts"}) {
    auto spec = counting_clip();
    spec.muxer = muxer;
    spec.videos[0].delay = 0.4;
    spec.audios = {test::MadeAudio{}};
    const auto source = test::make_file(spec);
    const auto made = make(source, {.at = {"1.03", "0.1"}}, 2);  // priming may move all times by 21 ms
    EXPECT_EQ(number_shown(made.files[0].get(), "a.png"), 15) << muxer;
    EXPECT_EQ(number_shown(made.files[1].get(), "a.png"), 0) << muxer;
  }
}

// Two recordings, joined: the clock starts anew, or runs from somewhere else, in the middle.
TEST(ThumbnailTest, CountsThroughAJumpOfTheClock) {
  for (const char* muxer : {"vob"})
    for (const char* offset : {"0", "5000"}) {
      const std::string graph = "nullsrc=size=64x48:rate=25:duration=8,format=yuv420p,geq=lum='mod(N,50)*4+20':cb=128:cr=128";
      test::MadeFile first, second;
      for (auto* spec : {&first, &second}) {
        spec->muxer = muxer;
        spec->videos[0].encoder = "mpeg2video";
        spec->videos[0].graph = graph;
      }
      second.videos[0].graph += ",lutyuv=y='255-val'";
      second.muxer_options = {{"output_ts_offset", offset}};
      const std::string both = test::content(test::make_file(first).get()) + test::content(test::make_file(second).get());
      const auto source = test::memory_file(both);
      const auto made = make(source, {.at = {"1", "9", "75%"}}, 3);
      EXPECT_NEAR(number_shown(made.files[0].get(), "a.png"), 25, 1) << muxer << offset;
      EXPECT_NEAR(number_shown(made.files[1].get(), "a.png"), 255 / 4 - 10 - 25, 3) << muxer << offset;
      EXPECT_NEAR(made.report.pictures[2].seconds, 12, 0.1) << muxer << offset;
    }
}

TEST(ThumbnailTest, OneMomentAndManyShowTheSame) {
  const auto source = test::make_file(counting_clip());
  const std::vector<std::string> moments{"0.1", "0.18", "0.5", "1.9", "1.2", "0"};
  const auto many = make(source, {.at = moments}, moments.size());
  for (std::size_t i = 0; i < moments.size(); ++i) {
    const auto one = make(source, {.at = {moments[i]}});
    EXPECT_DOUBLE_EQ(one.report.pictures.at(0).seconds, many.report.pictures.at(i).seconds) << moments[i];
    EXPECT_EQ(test::content(one.files[0].get()), test::content(many.files[i].get())) << moments[i];
  }
}

TEST(ThumbnailTest, PastTheEndShowsTheLastFrame) {
  const auto source = test::make_file(counting_clip(25));
  const auto made = make(source, {.at = {"99"}});
  EXPECT_NEAR(made.report.pictures.at(0).seconds, 0.96, 0.001);
  EXPECT_EQ(number_shown(made.files[0].get(), "a.png"), 24);
}

TEST(ThumbnailTest, NearestIsAKeyFrame) {
  const auto source = test::make_file(counting_clip());
  const auto made = make(source, {.at = {"1.9"}, .nearest = true});
  EXPECT_TRUE(made.report.pictures.at(0).key_frame);
}

TEST(ThumbnailTest, WithoutAnIndexNearestIsTheKeyFrameBefore) {
  test::MadeFile spec;
  spec.muxer = "mpegts";
  spec.videos[0].graph = "testsrc2=size=128x96:rate=25:duration=2";
  spec.videos[0].encoder = "mpeg2video";  // a key frame each 12 frames
  const auto source = test::make_file(spec);
  EXPECT_NEAR(make(source, {.at = {"1"}, .nearest = true}).report.pictures.at(0).seconds, 0.96, 0.001);
  EXPECT_NEAR(make(source, {.at = {"0.3"}, .nearest = true}).report.pictures.at(0).seconds, 0, 0.001);
  EXPECT_NEAR(make(source, {.at = {"99"}, .nearest = true}).report.pictures.at(0).seconds, 1.92, 0.001);
}

TEST(ThumbnailTest, BestIsOneOfTheSecondThatBegins) {
  const auto source = test::make_file(counting_clip());
  const auto made = make(source, {.at = {"0.4"}, .best = true});
  EXPECT_GE(made.report.pictures.at(0).seconds, 0.4);
  EXPECT_LE(made.report.pictures.at(0).seconds, 1.4);
}

TEST(ThumbnailTest, KeepsTheDisplayAspectRatio) {
  const auto source = test::make_file(counting_clip(25, ",setsar=2"));
  Thumbnail options{.at = {"0"}};
  options.picture.width = 64;
  const auto made = make(source, options);
  EXPECT_EQ(made.report.width, 64);
  EXPECT_EQ(made.report.height, 24);  // 128x48 shown
}

TEST(ThumbnailTest, FillsAndCrops) {
  const auto source = test::make_file(counting_clip(25));
  Thumbnail options{.at = {"0"}};
  options.picture = {.format = StillFormat::jpeg, .width = 30, .height = 30, .crop_to_fill = true};
  const auto made = make(source, options);
  EXPECT_EQ(made.report.width, 30);
  EXPECT_EQ(made.report.height, 30);
}

TEST(ThumbnailTest, EveryFormatCanBeReadAgain) {
  const auto source = test::make_file(counting_clip());
  for (const StillFormat format : {StillFormat::jpeg, StillFormat::png, StillFormat::webp}) {
    Thumbnail options{.at = {"1"}};
    options.picture.format = format;
    options.picture.quality = 95;
    const auto made = make(source, options);
    EXPECT_NEAR(number_shown(made.files[0].get(), std::string("a.") + still_extension(format)), 25, 1)
        << still_extension(format);
  }
}

TEST(ThumbnailTest, SheetHoldsAllPicturesAndTheMapSaysWhere) {
  const auto source = test::make_file(counting_clip());
  const auto map = test::memory_file();
  const auto made = make(source, {.count = 5, .columns = 3, .gap = 2, .map = "m.vtt"}, 1, map.get());
  EXPECT_EQ(made.report.sheet_width, 3 * 64 + 2 * 2);
  EXPECT_EQ(made.report.sheet_height, 2 * 48 + 2);
  EXPECT_THAT(test::content(map.get()), HasSubstr("sheet.png#xywh=66,50,64,48"));
}

TEST(ThumbnailTest, AFileWithoutVideoIsAnError) {
  test::MadeFile spec;
  spec.videos.clear();
  spec.audios.emplace_back();
  const auto source = test::make_file(spec);
  const auto target = test::memory_file();
  ThumbnailRequest request{.source = source.get(), .name = "a.mp4", .targets = {target.get()}};
  request.options.picture.format = StillFormat::png;
  const auto report = thumbnail(request);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, "no_video");
}

TEST(ThumbnailTimesTest, ReadsSecondsClockTimesAndPercentages) {
  EXPECT_DOUBLE_EQ(*parse_moment("12.5", 0), 12.5);
  EXPECT_DOUBLE_EQ(*parse_moment("1:02:03.5", 0), 3723.5);
  EXPECT_DOUBLE_EQ(*parse_moment("25%", 8), 2);
  EXPECT_FALSE(parse_moment("25%", 0));
  for (const char* wrong : {"", "-1", "1:75", "101%", "abc", "1:2:3:4", "1.5:00", "inf", "nan", "1e3x"})
    EXPECT_FALSE(valid_moment(wrong)) << wrong;
}

TEST(ThumbnailTimesTest, EvenMomentsAreTheMiddlesOfEqualParts) {
  EXPECT_THAT(even_moments(2, 8), ElementsAre(2, 6));
}

}  // namespace
}  // namespace hevcpool::media
