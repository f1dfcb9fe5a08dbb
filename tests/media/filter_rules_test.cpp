// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/video/filter_rules.h"

#include <gtest/gtest.h>

namespace hevcpool::media {
namespace {

std::string refusal_of(std::string_view graph) {
  const auto valid = check_filter_graph(graph);
  return valid ? std::string() : valid.error().message;
}

TEST(FilterRulesTest, ListsFiltersOfAGraph) {
  const auto calls = list_filters(
      "[in]split[a][b]; [a] hflip@one , scale=w='if(gt(iw,2),1,2)':h=2 [c];[b][c]overlay=x=1\\,2[out]");
  ASSERT_TRUE(calls.has_value());
  std::string names;
  for (const auto& call : *calls) names += call.name + " ";
  EXPECT_EQ(names, "split hflip scale overlay ");
  EXPECT_EQ((*calls)[2].arguments, "w='if(gt(iw,2),1,2)':h=2");
}

TEST(FilterRulesTest, AcceptsOrdinaryGraphs) {
  for (const char* graph : {"", "hflip", "scale=320:-2,setsar=1", "split[a][b];[a]hflip[c];[b][c]hstack",
                            "color=red:16x16[c];[in][c]overlay", "eq=contrast=1.2", "drawtext=text=hello"})
    EXPECT_EQ(refusal_of(graph), "") << graph;
}

TEST(FilterRulesTest, RefusesByNameWhatReadsFiles) {
  for (const char* graph :
       {"movie=/etc/passwd[a];[in][a]overlay", "subtitles=a.srt", "ass=a.ass", "hflip,lut3d=x.cube",
        "lut1d=f", "sendcmd=f=x", "zmq", "vidstabdetect=result=x", "removelogo=f"}) {
    const std::string said = refusal_of(graph);
    EXPECT_NE(said.find("is not allowed"), std::string::npos) << graph << ": " << said;
  }
}

TEST(FilterRulesTest, RefusesByNameOptionsThatAreFiles) {
  for (const char* graph : {"drawtext=textfile=/etc/passwd", "drawtext=text=a:fontfile=b.ttf",
                            "drawtext=b.ttf", "metadata=mode=print:file=x", "curves=psfile=x",
                            "[in][in2]psnr=f=x", "[in][in2]ssim=stats_file=x", "scale=/w=x"})
    EXPECT_NE(refusal_of(graph), "") << graph;
  EXPECT_NE(refusal_of("drawtext=textfile=/etc/passwd").find("'textfile'"), std::string::npos);
}

TEST(FilterRulesTest, NamesWhatDoesNotExist) {
  EXPECT_NE(refusal_of("hflip,sharpen2000").find("'sharpen2000'"), std::string::npos);
  EXPECT_NE(refusal_of("eq=contrats=1"), "");
  EXPECT_NE(refusal_of("[in"), "");
  EXPECT_NE(refusal_of("hflip,,vflip"), "");
  EXPECT_NE(refusal_of("split"), "");
}

TEST(FilterRulesTest, ComposesShortForms) {
  EncodeOptions options;
  options.crop = "100:80:2:4";
  options.vf = "hflip";
  options.scale = "64:-2";
  options.fps = "30000/1001";
  const auto graph = compose_filters(options);
  ASSERT_TRUE(graph.has_value());
  EXPECT_EQ(*graph,
            "crop=100:80:2:4,hflip,scale=64:-2:flags=lanczos+accurate_rnd+full_chroma_int,fps=30000/1001");
  EXPECT_EQ(refusal_of(*graph), "");
}

TEST(FilterRulesTest, NamesBadShortForms) {
  const auto fails = [](auto set, const char* value) {
    EncodeOptions options;
    options.*set = value;
    return !compose_filters(options).has_value();
  };
  for (const char* value : {"1:2:3", "a:b:c:d", "1:2:3:-4", "10:10:0:0,movie=x"})
    EXPECT_TRUE(fails(&EncodeOptions::crop, value)) << value;
  for (const char* value : {"640", "640x360", "640:360:1", "iw:ih"})
    EXPECT_TRUE(fails(&EncodeOptions::scale, value)) << value;
  for (const char* value : {"fast", "0", "25,movie=x"})
    EXPECT_TRUE(fails(&EncodeOptions::fps, value)) << value;
}

TEST(FilterRulesTest, KnowsFiltersThatKeepTimes) {
  for (const char* graph : {"", "transpose=clock", "scale=64:-2,crop=32:32", "hflip,vflip"}) EXPECT_TRUE(keeps_times(graph)) << graph;
  for (const char* graph : {"fps=10", "setpts=2*PTS", "scale=64:-2,minterpolate", "hflip,tinterlace"})
    EXPECT_FALSE(keeps_times(graph)) << graph;
}

}  // namespace
}  // namespace hevcpool::media
