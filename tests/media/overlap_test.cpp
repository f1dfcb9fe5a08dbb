// SPDX-License-Identifier: GPL-2.0-or-later
// With several threads the stages of a conversion overlap; what comes out is what comes out of one stage after another.
#include "converted.h"
#include "profile/recorder.h"

#include <atomic>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hevcpool::media::testing {
namespace {

using namespace hevcpool::test;

EncodeOptions with_threads() {
  EncodeOptions options = quick();
  options.threads = 2;
  return options;
}

// While somebody measures, the stages follow one another.
Converted convert_in_turn(UniqueFd source, const EncodeOptions& options) {
  profile::Recorder recorder({.counters = false, .most_frames = 0});
  const profile::Recording recording(recorder);
  return convert(std::move(source), options);
}

void expect_same(const MadeFile& spec, const EncodeOptions& options) {
  const std::string source = content(make_file(spec).get());  // one file: each that is made has numbers of its own
  const Converted overlapping = convert(memory_file(source), options);
  const Converted in_turn = convert_in_turn(memory_file(source), options);
  ASSERT_TRUE(overlapping.ok()) << overlapping.problem();
  ASSERT_TRUE(in_turn.ok()) << in_turn.problem();
  EXPECT_EQ(overlapping.report->frames, in_turn.report->frames);
  EXPECT_GT(overlapping.report->frames, 0);
  EXPECT_TRUE(content(overlapping.target.get()) == content(in_turn.target.get())) << "the files differ";
}

MadeFile film() {
  MadeFile spec;
  spec.muxer = "matroska";
  spec.videos[0].graph = "testsrc2=size=192x128:rate=25:duration=4";
  spec.audios = {MadeAudio{}};
  spec.subtitles = {MadeSubtitle{.cues = {{0.5, 1, "one"}, {2, 1, "two"}}}};
  return spec;
}

TEST(OverlapTest, GivesTheSameFile) { expect_same(film(), with_threads()); }

TEST(OverlapTest, KeepsConvertedPicturesApart) {
  MadeFile spec = film();
  spec.videos[0].encoder = "ffv1";
  spec.videos[0].pixels = AV_PIX_FMT_YUV411P;  // through swscale
  expect_same(spec, with_threads());
  spec.videos[0].graph = "testsrc2=size=191x127:rate=25:duration=2";  // edges replicated
  spec.videos[0].pixels = AV_PIX_FMT_YUV444P;
  expect_same(spec, with_threads());
}

TEST(OverlapTest, RunsFiltersThatChangeTheNumberOfFrames) {
  EncodeOptions options = with_threads();
  options.vf = "select='not(mod(n\\,3))',scale=96:64";
  expect_same(film(), options);
  options.vf.clear();
  options.fps = "60";
  expect_same(film(), options);
}

TEST(OverlapTest, RunsBothPasses) {
  EncodeOptions options = with_threads();
  options.bitrate = 200'000;
  options.two_pass = true;
  const Converted result = convert_made(film(), options);
  ASSERT_TRUE(result.ok()) << result.problem();
  EXPECT_EQ(result.report->frames, 100);
}

TEST(OverlapTest, EncodesSoundBesideThePicture) {
  EncodeOptions options = with_threads();
  options.audio = "flac";
  expect_same(film(), options);
}

TEST(OverlapTest, ReportsProgressInOrder) {
  const UniqueFd source = make_file(film()), target = memory_file();
  std::vector<std::int64_t> frames;
  TranscodeRequest request;
  request.source = source.get();
  request.target = target.get();
  request.options = with_threads();
  request.options.preset = "slow";
  request.on_progress = [&](const EncodeProgress& progress) { frames.push_back(progress.frames); };
  ASSERT_TRUE(transcode(request));
  EXPECT_TRUE(std::ranges::is_sorted(frames));
}

TEST(OverlapTest, StopsWhenItIsCancelled) {
  const UniqueFd source = make_file(film()), target = memory_file();
  std::atomic<int> asked{0};
  TranscodeRequest request;
  request.source = source.get();
  request.target = target.get();
  request.options = with_threads();
  request.cancelled = [&] { return ++asked > 60; };
  const auto result = transcode(request);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "cancelled");
}

TEST(OverlapTest, NamesTheErrorOfAFullTarget) {
  const UniqueFd full(open("/dev/full", O_RDWR | O_CLOEXEC));
  if (!full.valid()) GTEST_SKIP() << "no /dev/full";
  const UniqueFd source = make_file(film());
  TranscodeRequest request;
  request.source = source.get();
  request.target = full.get();
  request.options = with_threads();
  const auto result = transcode(request);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().stage, "mux");
  EXPECT_EQ(result.error().code, "ENOSPC");
}

TEST(OverlapTest, CountsDamage) {
  MadeFile spec = film();
  std::string bytes = content(make_file(spec).get());
  for (std::size_t at = bytes.size() / 2; at < bytes.size() / 2 + 4000; at += 40) bytes[at] = static_cast<char>(~bytes[at]);
  EncodeOptions options = with_threads();
  options.max_errors = -2;
  const Converted result = convert(memory_file(bytes), options);
  ASSERT_TRUE(result.ok()) << result.problem();
  EXPECT_TRUE(result.warned("damaged_frames"));
}

}  // namespace
}  // namespace hevcpool::media::testing
