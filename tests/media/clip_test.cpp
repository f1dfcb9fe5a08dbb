// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/clip/clip.h"

#include "media/counting_clip.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

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

TEST(ClipTest, NothingIsLeftBehindTheEnd) {
  const auto source = test::make_file(long_clip());
  const auto target = test::memory_file();
  const auto report = cut(source, target, {.start = 2.5, .duration = 1});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().stage, "request");
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

// The counting clip as HEVC with a key frame every ten frames.
UniqueFd hevc_clip(const std::string& name, const std::string& params) {
  test::MadeFile spec = counting_clip(56);
  spec.audios = {test::MadeAudio{.graph = "sine=frequency=440:sample_rate=48000:duration=2.24"}};
  const auto source = test::make_file(spec);
  auto target = test::memory_file();
  Clip options{.mode = ClipMode::exact};
  options.options.preset = "fast";
  options.options.x265_params = "keyint=10:min-keyint=10:scenecut=0:" + params;
  const auto report = cut(source, target, options, name);
  EXPECT_TRUE(report) << report.error().message;
  return target;
}

// The numbers of all frames that a reader gets.
std::vector<int> numbers_shown(int fd, const std::string& name) {
  std::vector<int> out;
  const auto seen = visit_frames(fd, name, "gray", [&](const FrameView& frame) {
    const double luma = 16 + frame.planes[0][frame.strides[0] * 20 + 20] * 219.0 / 255;
    out.push_back(static_cast<int>(std::lround((luma - 20) / 4)));
    return true;
  });
  EXPECT_TRUE(seen);
  return out;
}

std::vector<int> numbers(int from, int to) {
  std::vector<int> out;
  for (int n = from; n < to; ++n) out.push_back(n);
  return out;
}

struct SmartCase {
  const char *container, *params;
};
class SmartClipTest : public testing::TestWithParam<SmartCase> {};

TEST_P(SmartClipTest, CopiesTheMiddleAndEncodesTheEdges) {
  const std::string name = std::string("clip.") + GetParam().container;
  const auto source = hevc_clip(name, GetParam().params);
  const auto target = test::memory_file();
  Clip options{.start = 0.28, .duration = 1.44, .mode = ClipMode::smart};
  options.options.preset = "ultrafast";
  const auto report = cut_clip({.source = source.get(), .target = target.get(), .name = name, .output_name = name,
                                .options = options});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_FALSE(report->reencoded);
  EXPECT_GE(report->encoded_frames, 6);
  EXPECT_LE(report->encoded_frames, 10);
  EXPECT_NEAR(report->start, 0.28, 0.03);  // in Matroska the sound begins a little before the picture
  EXPECT_EQ(numbers_shown(target.get(), name), numbers(7, 43));
  const auto found = test::read_file(target.get());
  ASSERT_EQ(found.of("video").size(), 1u);
  const auto times = found.of("video")[0]->times();
  ASSERT_EQ(times.size(), 36u);
  for (std::size_t i = 0; i < times.size(); ++i) EXPECT_NEAR(times[i] - times[0], 0.04 * static_cast<double>(i), 0.002);
  const auto& sound = found.of("audio").at(0)->packets.back();
  EXPECT_NEAR(sound.pts + sound.duration, 1.44, 0.03);
}

TEST_P(SmartClipTest, EncodesNothingBetweenKeyFrames) {
  const std::string name = std::string("clip.") + GetParam().container;
  const auto source = hevc_clip(name, "open-gop=0");
  const auto target = test::memory_file();
  const auto report = cut_clip({.source = source.get(), .target = target.get(), .name = name, .output_name = name,
                                .options = {.start = 0.4, .duration = 0.8, .mode = ClipMode::smart}});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->encoded_frames, 0);
  EXPECT_EQ(numbers_shown(target.get(), name), numbers(10, 30));
}

INSTANTIATE_TEST_SUITE_P(Containers, SmartClipTest,
                         testing::Values(SmartCase{"mp4", "open-gop=0"}, SmartCase{"mp4", "open-gop=1"},
                                         SmartCase{"mkv", "open-gop=1"}, SmartCase{"mov", "open-gop=0"}),
                         [](const auto& each) {
                           return std::string(each.param.container) + (std::string(each.param.params).back() == '1' ? "Open" : "Closed");
                         });

// Where no index says where that is.
TEST(ClipTest, BeginsWithTheKeyFrameBeforeTheStartOfATransportStream) {
  auto spec = counting_clip();
  spec.muxer = "mpegts";
  spec.audios = {test::MadeAudio{.graph = "sine=sample_rate=48000:duration=2"}};
  const auto source = test::make_file(spec);
  const auto target = test::memory_file();
  const auto report = cut(source, target, {.start = 0.8, .duration = 0.6}, "clip.ts");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_NEAR(report->start, 0.48, 0.03);
  const auto shown = numbers_shown(target.get(), "clip.mkv");
  EXPECT_EQ(shown.front(), 12);
  EXPECT_NEAR(shown.back(), 34, 1);  // one more where a frame before it needs it
  const auto found = test::read_file(target.get());
  EXPECT_NEAR(found.of("audio").at(0)->packets.size() * 1024 / 48000.0, 0.92, 0.05);
}

TEST(ClipTest, GivesThePicturesOfAnAviAndOfAProgramStreamTheirTimes) {
  for (const char* muxer : {"avi", "vob"}) {
    auto spec = counting_clip();
    spec.muxer = muxer;
    spec.videos[0].encoder = spec.muxer == "avi" ? "mpeg4" : "mpeg2video";
    spec.videos[0].b_frames = 2;
    const auto source = test::make_file(spec);
    const auto target = test::memory_file();
    const auto report = cut(source, target, {.start = 0.6, .duration = 0.6}, "clip.mkv");
    ASSERT_TRUE(report) << muxer << ": " << report.error().message;
    auto shown = numbers_shown(target.get(), "clip.mkv");
    EXPECT_TRUE(std::ranges::is_sorted(shown)) << muxer;
    const bool needed_by_others = shown.size() > 1 && shown.back() > shown[shown.size() - 2] + 1;
    if (needed_by_others) shown.pop_back();
    EXPECT_EQ(shown.size(), static_cast<std::size_t>(shown.back() - shown.front() + 1)) << muxer << ": frames are missing";
    EXPECT_NEAR(shown.back(), 29, 2) << muxer;
  }
}

TEST(ClipTest, SmartEncodesAllWhereNothingCanBeCopied) {
  const auto source = hevc_clip("clip.mp4", "open-gop=0");
  const auto target = test::memory_file();
  Clip options{.start = 0.48, .duration = 0.2, .mode = ClipMode::smart};
  options.options.preset = "ultrafast";
  const auto report = cut(source, target, options);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->reencoded);
  EXPECT_EQ(numbers_shown(target.get(), "clip.mp4"), numbers(12, 17));
}

TEST(ClipTest, CopyEndsWithTheLastFrameBeforeTheEnd) {
  const auto source = hevc_clip("clip.mp4", "open-gop=0:bframes=0");
  const auto target = test::memory_file();
  const auto report = cut(source, target, {.start = 0.4, .duration = 0.6});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(numbers_shown(target.get(), "clip.mp4"), numbers(10, 25));
  EXPECT_NEAR(test::read_file(target.get()).duration, 0.6, 0.03);
}

TEST(ClipTest, CopyKeepsChaptersAndAttachments) {
  test::MadeFile spec = long_clip();
  spec.muxer = "matroska";
  spec.attachments = {{.name = "a.ttf", .type = "font/ttf", .content = "letters"}};
  spec.chapters = {{.start = 0, .end = 1, .title = "one"}, {.start = 1, .end = 2, .title = "two"}};
  const auto source = test::make_file(spec);
  const auto target = test::memory_file();
  const auto report = cut(source, target, {.start = 0, .duration = 1.5}, "clip.mkv");
  ASSERT_TRUE(report) << report.error().message;
  const auto found = test::read_file(target.get());
  ASSERT_EQ(found.of("attachment").size(), 1u);
  EXPECT_EQ(found.of("attachment")[0]->extradata, "letters");
  ASSERT_EQ(found.chapters.size(), 2u);
  EXPECT_EQ(found.chapters[1].title, "two");
  EXPECT_NEAR(found.chapters[1].end, 1.5, 0.03);  // the sound begins a little earlier
}

TEST(ClipTest, NothingBehindTheEnd) {
  const auto source = test::make_file(long_clip());
  const auto target = test::memory_file();
  EXPECT_FALSE(cut(source, target, {.start = 0, .duration = 0.5}, "clip.unknown"));
}

// Pictures 0 to 3, all of them key frames, shown from 0, 0.4, 0.9 and 1 s on.
test::MadeFile slide_show() {
  test::MadeFile spec;
  spec.muxer = "mov";
  spec.videos[0].graph = "nullsrc=size=64x48:rate=25:duration=0.16,format=yuv420p,geq=lum='N*4+20':cb=128:cr=128,"
                         "settb=1/1000,setpts='if(eq(N,0),0,if(eq(N,1),400,if(eq(N,2),900,1000)))'";
  spec.videos[0].encoder = "jpeg2000";
  spec.videos[0].b_frames = 0;
  spec.audios = {test::MadeAudio{.graph = "sine=frequency=440:sample_rate=48000:duration=1.2", .encoder = "pcm_s16le"}};
  return spec;
}

TEST(ClipTest, TheStandingPictureIsShownFromTheBeginningOn) {
  const auto source = test::make_file(slide_show());
  for (const char* name : {"clip.mov", "clip.mkv"}) {
    const auto target = test::memory_file();
    const auto report = cut(source, target, {.start = 0.5, .duration = 0.45}, name);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_DOUBLE_EQ(report->start, 0.5);
    EXPECT_EQ(numbers_shown(target.get(), name), numbers(1, 3));
    const auto found = test::read_file(target.get());
    const auto times = found.of("video").at(0)->times();
    ASSERT_EQ(times.size(), 2u);
    EXPECT_NEAR(times[0], 0, 0.001);
    EXPECT_NEAR(times[1], 0.4, 0.001);
    EXPECT_NEAR(found.duration, 0.45, 0.025);
  }
}

TEST(ClipTest, AStandingPictureAloneLastsAsLongAsThePart) {
  const auto source = test::make_file(slide_show());
  const auto target = test::memory_file();
  ASSERT_TRUE(cut(source, target, {.start = 0.5, .duration = 0.3}, "clip.mov"));
  const auto found = test::read_file(target.get());
  ASSERT_EQ(found.of("video").at(0)->packets.size(), 1u);
  EXPECT_NEAR(found.of("video")[0]->packets[0].duration, 0.3, 0.001);
}

TEST(ClipTest, NothingIsPlayedAfterTheEnd) {
  auto spec = long_clip();
  spec.videos[0].b_frames = 3;
  const auto source = test::make_file(spec);
  const auto target = test::memory_file();
  const auto report = cut(source, target, {.duration = 0.52});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(numbers_shown(target.get(), "clip.mp4"), numbers(0, 13));
  EXPECT_NEAR(report->duration, 0.52, 0.001);
  EXPECT_NEAR(test::read_file(target.get()).duration, 0.52, 0.001);
}

// In MKV they cannot be hidden.
TEST(ClipTest, PicturesThatOthersNeedEndInAMoment) {
  auto spec = long_clip();
  spec.videos[0].b_frames = 3;
  const auto source = test::make_file(spec);
  for (int frames = 10; frames < 15; ++frames) {
    const auto target = test::memory_file();
    ASSERT_TRUE(cut(source, target, {.duration = frames * 0.04}, "clip.mkv"));
    const auto times = test::read_file(target.get()).of("video").at(0)->times();
    ASSERT_GE(times.size(), static_cast<std::size_t>(frames));
    for (int n = 0; n < frames; ++n) EXPECT_NEAR(times[static_cast<std::size_t>(n)], n * 0.04, 0.0015) << frames;
    EXPECT_LE(times.back(), frames * 0.04 + 0.004);
    const auto shown = numbers_shown(target.get(), "clip.mkv");
    EXPECT_TRUE(std::ranges::is_sorted(shown)) << frames;
  }
}

TEST(ClipTest, SubtitlesAreCutToThePart) {
  auto spec = long_clip();
  spec.muxer = "matroska";
  spec.videos[0].b_frames = 0;
  spec.audios[0].encoder = "pcm_s16le";
  spec.subtitles = {test::MadeSubtitle{.cues = {{.start = 0.1, .length = 1.1, .text = "runs"},
                                                {.start = 1.3, .length = 0.6, .text = "outlasts"}}}};
  const auto source = test::make_file(spec);
  for (const char* name : {"clip.mkv", "clip.mp4"}) {
    const auto target = test::memory_file();
    const auto report = cut_clip({.source = source.get(), .target = target.get(), .name = "a.mkv", .output_name = name,
                                  .options = {.start = 1, .duration = 0.5}});
    ASSERT_TRUE(report) << report.error().message;
    const double end = 1.5 - report->start;
    const auto found = test::read_file(target.get());
    std::vector<test::FoundPacket> cues;
    for (const auto& each : found.of("subtitle").at(0)->packets)
      if (each.data.size() > 2) cues.push_back(each);  // MP4 has an empty sample between them
    ASSERT_EQ(cues.size(), 2u) << name;
    EXPECT_NEAR(cues[0].pts, 0, 0.002);
    EXPECT_NEAR(cues[0].pts + cues[0].duration, 1.2 - report->start, 0.002);
    EXPECT_NEAR(cues[1].pts + cues[1].duration, end, 0.002);
    EXPECT_LE(found.duration, end + 0.06);
  }
}

TEST(ClipTest, KeepsTheKeysOfACamera) {
  auto spec = long_clip();
  spec.muxer = "mov";
  spec.tags = {{"com.apple.quicktime.make", "Maker"}, {"title", "A day"}};
  spec.muxer_options = {{"movflags", "use_metadata_tags"}};
  const auto source = test::make_file(spec);
  for (const char* name : {"clip.mov", "clip.mp4"}) {
    const auto target = test::memory_file();
    ASSERT_TRUE(cut(source, target, {.duration = 0.5}, name));
    EXPECT_EQ(test::read_file(target.get()).tags.at("com.apple.quicktime.make"), "Maker") << name;
  }
}

// libav writes no header where a stream and its codec state different shapes of a pixel.
TEST(ClipTest, TheContainersShapeOfAPixelCounts) {
  auto spec = long_clip();
  spec.videos[0].graph += ",setsar=4/3";
  std::string file = test::content(test::make_file(spec).get());
  const std::string stream("pasp\0\0\0\4\0\0\0\3", 12), container("pasp\0\0\0\x10\0\0\0\xb", 12);
  ASSERT_NE(file.find(stream), std::string::npos);
  file.replace(file.find(stream), stream.size(), container);
  const auto source = test::memory_file(file), target = test::memory_file();
  const auto report = cut(source, target, {.duration = 0.5});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_NE(test::content(target.get()).find(container), std::string::npos);
}

bool warned(const ClipReport& report, std::string_view code) {
  return std::ranges::any_of(report.warnings, [&](const Warning& each) { return each.code == code; });
}

TEST(ClipTest, SetsOfParametersAreInTheHeaderAlone) {
  const auto film = hevc_clip("clip.mp4", "open-gop=0");
  const auto source = test::memory_file();  // a transport stream has the sets before each key frame
  ASSERT_TRUE(cut(film, source, {}, "clip.ts"));
  const auto target = test::memory_file();
  const auto report = cut_clip({.source = source.get(), .target = target.get(), .name = "a.ts",
                                .output_name = "clip.mp4", .options = {.start = 0.5, .duration = 1}});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_FALSE(warned(*report, "hev1"));
  const std::string file = test::content(target.get());
  EXPECT_NE(file.find("hvc1"), std::string::npos);
  EXPECT_EQ(file.find("hev1"), std::string::npos);
  const auto shown = numbers_shown(target.get(), "clip.mp4");
  ASSERT_FALSE(shown.empty());
  EXPECT_EQ(shown, numbers(10, shown.back() + 1));
  EXPECT_NEAR(shown.back(), 37, 1);
}

TEST(ClipTest, SetsOfParametersThatChangeStayInTheSamples) {
  const auto whole = hevc_clip("clip.mkv", "open-gop=0");
  const auto source = test::memory_file();
  Clip options{.start = 0.28, .mode = ClipMode::smart};
  options.options.preset = "ultrafast";
  ASSERT_TRUE(cut_clip({.source = whole.get(), .target = source.get(), .name = "a.mkv", .output_name = "b.mkv",
                        .options = options}));
  const auto target = test::memory_file();
  const auto report = cut_clip({.source = source.get(), .target = target.get(), .name = "b.mkv",
                                .output_name = "clip.mp4", .options = {.duration = 1.52}});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(warned(*report, "hev1"));
  EXPECT_NE(test::content(target.get()).find("hev1"), std::string::npos);
  EXPECT_EQ(numbers_shown(target.get(), "clip.mp4"), numbers(7, 45));
}

TEST(ClipTest, AFilmThatTheContainerCannotHoldIsAnError) {
  const auto source = test::make_file(slide_show());
  const auto target = test::memory_file();
  const auto report = cut_clip({.source = source.get(), .target = target.get(), .name = "a.mkv",
                                .output_name = "clip.webm", .options = {}});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, "no_picture");
}

}  // namespace
}  // namespace hevcpool::media
