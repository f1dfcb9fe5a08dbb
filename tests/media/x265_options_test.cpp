// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/video/x265_options.h"

#include <gtest/gtest.h>

#include "media/video/video_track.h"

namespace hevcpool::media {
namespace {

// What is said about a request; empty when it is fine.
std::string complaint(const EncodeOptions& options) {
  const auto valid = validate_video_options(options);
  if (valid) return {};
  EXPECT_EQ(valid.error().code, "bad_option");
  return valid.error().message;
}

std::string complaint(const std::string& x265_params) {
  EncodeOptions options;
  options.x265_params = x265_params;
  return complaint(options);
}

TEST(X265OptionsTest, SplitsPairsAndSwitches) {
  const auto pairs = split_x265_params("bframes=4:no-sao:deblock=1\\:1::");
  ASSERT_EQ(pairs.size(), 3U);
  EXPECT_EQ(pairs[0].key + "|" + pairs[0].value, "bframes|4");
  EXPECT_EQ(pairs[1].key + "|" + pairs[1].value, "no-sao|");
  EXPECT_EQ(pairs[2].key + "|" + pairs[2].value, "deblock|1:1");
}

TEST(X265OptionsTest, AcceptsOrdinaryParameters) {
  for (const char* params :
       {"", "bframes=4:no-sao", "aq-mode=3:psy-rd=1.5", "vbv-maxrate=2000:vbv-bufsize=4000",
        "keyint=48:min-keyint=4:no-open-gop=1", "scaling-list=default", "zones=0,5,q=20", "aud=1"})
    EXPECT_EQ(complaint(params), "") << params;
}

TEST(X265OptionsTest, LeavesTheLevelToTheTrueSize) {
  for (const char* level : {"1", "2", "5.1", "51"})
    EXPECT_EQ(complaint(std::string("level-idc=") + level), "") << level;
}

TEST(X265OptionsTest, NamesAnUnknownKey) {
  EXPECT_NE(complaint("bframes=3:qulity=9").find("'qulity'"), std::string::npos);
}

TEST(X265OptionsTest, NamesABadValue) {
  EXPECT_NE(complaint("bframes=many").find("'many'"), std::string::npos);
  EXPECT_NE(complaint("bframes=3:ctu=17").find("ctu=17"), std::string::npos);
  EXPECT_NE(complaint("bframes=99").find("bframes=99"), std::string::npos);
  for (const char* level : {"99", "5.3", "high", "-1"})
    EXPECT_NE(complaint(std::string("level-idc=") + level).find(level), std::string::npos) << level;
}

TEST(X265OptionsTest, RefusesInstructionsThatTheProcessorLacks) {
  for (const char* set : {"asm=auto", "asm=0", "no-asm=1"}) EXPECT_EQ(complaint(set), "") << set;
  EXPECT_NE(complaint("asm=2147483647").find("does not have all of that"), std::string::npos);
}

TEST(X265OptionsTest, RefusesThreadsFilesAndWhatBreaksTheStream) {
  for (const char* key : {"pools",
                          "numa-pools",
                          "frame-threads",
                          "wpp",
                          "no-wpp",
                          "pmode",
                          "pme",
                          "lookahead-threads",
                          "csv",
                          "csv-log-level",
                          "analysis-save",
                          "analysis-load",
                          "stats",
                          "qpfile",
                          "lambda-file",
                          "recon",
                          "dhdr10-info",
                          "dolby-vision-rpu",
                          "dolby-vision-profile",
                          "zonefile",
                          "nalu-file",
                          "pass",
                          "annexb",
                          "repeat-headers",
                          "frame-dup",
                          "chunk-start",
                          "input-res",
                          "fps",
                          "interlace",
                          "output-depth",
                          "colorprim",
                          "range",
                          "ctu-info",
                          "numa_pools",
                          "frame_threads",
                          "threaded-me",
                          "film-grain",
                          "aom-film-grain",
                          "scenecut-qp-config",
                          "multiview-config",
                          "video-signal-type-preset",
                          "alpha",
                          "num-views",
                          "scc"})
    EXPECT_NE(complaint(std::string(key) + "=1").find(std::string("'") + key + "'"), std::string::npos)
        << key;
  EXPECT_NE(complaint("scaling-list=/etc/passwd").find("files"), std::string::npos);
}

TEST(X265OptionsTest, KnowsAllPresetsTunesAndProfiles) {
  EncodeOptions options;
  for (int n = 0; x265_preset_names[n] != nullptr; ++n) {
    options.preset = x265_preset_names[n];
    EXPECT_EQ(complaint(options), "") << options.preset;
  }
  options.preset = "ultrafast";
  for (int n = 0; x265_tune_names[n] != nullptr; ++n) {
    options.tune = x265_tune_names[n];
    EXPECT_EQ(complaint(options), "") << options.tune;
  }
  options.tune = "film";
  EXPECT_NE(complaint(options).find("'film'"), std::string::npos);
  options.tune.clear();
  options.preset = "warp";
  EXPECT_NE(complaint(options).find("'warp'"), std::string::npos);
  options.preset = "fast";
  options.profile = "high";
  EXPECT_NE(complaint(options).find("'high'"), std::string::npos);
}

TEST(X265OptionsTest, RefusesContradictionsInRateControl) {
  EncodeOptions options;
  options.two_pass = true;
  EXPECT_NE(complaint(options), "");
  options.bitrate = 500'000;
  EXPECT_EQ(complaint(options), "");
  options.crf = 20;
  EXPECT_NE(complaint(options), "");
  options = {};
  options.crf = 52;
  EXPECT_NE(complaint(options).find("52"), std::string::npos);
}

TEST(X265OptionsTest, ClosesEachGroupOfPicturesUnlessAsked) {
  const auto api = x265_for(8);
  ASSERT_TRUE(api);
  EncodeOptions options;
  EXPECT_EQ((*make_x265_param(**api, options))->bOpenGOP, 0);
  options.x265_params = "open-gop=1";
  EXPECT_EQ((*make_x265_param(**api, options))->bOpenGOP, 1);
}

TEST(X265OptionsTest, UsesOneFrameThreadAndNoPool) {
  const auto api = x265_for(8);
  ASSERT_TRUE(api.has_value());
  const auto param = make_x265_param(**api, {});
  ASSERT_TRUE(param.has_value());
  EXPECT_EQ((*param)->frameNumThreads, 1);
  EXPECT_STREQ((*param)->numaPools, "none");
  EXPECT_EQ((*param)->bEnableWavefront, 0);
  EXPECT_EQ((*param)->rc.rfConstant, 28);
}

}  // namespace
}  // namespace hevcpool::media
