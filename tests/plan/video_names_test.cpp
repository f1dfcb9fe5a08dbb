// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/paths/video_names.h"

#include "support/temp_folder.h"

#include <gtest/gtest.h>

namespace hevcpool::plan {
namespace {

using namespace std::string_literals;

std::string transport_stream(std::size_t packet, std::size_t offset) {
  std::string bytes(2048, '\xff');
  for (std::size_t n = offset; n < bytes.size(); n += packet) bytes[n] = 'G';
  return bytes;
}

bool walked(const std::string& name, const std::string& content) {
  const test::TempFolder folder;
  return may_hold_video(folder.file(name, content));
}

TEST(VideoNamesTest, KnowsWhatCamerasAndRecordersWrite) {
  for (const char* name : {"VID_1.insv", "CH1.dav", "GX01.LRV", "DJI.LRF", "GS01.360", "0.MTS", "0.m2ts", "a.tod", "VR_MOVIE.VRO",
                           "show.dvr-ms", "show.wtv", "a.y4m", "a.ivf", "a.obu", "a.nut", "a.mxf", "a.gxf", "a.dv",
                           "a.rmvb", "a.f4v", "a.nsv", "a.evo", "a.trp", "a.265", "a.H264", "a.nuv", "a.mqv"})
    EXPECT_TRUE(is_video_name(name)) << name;
  for (const char* name : {"a.insp", "a.txt", "a.srt", "a.m4a", "a.ifo", "a.mpls", "mod", "a", "a.jpg", "a.ogg", "a.dat"})
    EXPECT_FALSE(is_video_name(name)) << name;
}

TEST(VideoNamesTest, ACamerasModIsNoMusicAndNoProgram) {
  EXPECT_TRUE(walked("MOV001.MOD", "\0\0\1\xba\x44"s + std::string(2000, 'x')));
  EXPECT_FALSE(walked("song.mod", "intro"s + std::string(1075, '\0') + "M.K."));
  EXPECT_FALSE(walked("go.mod", "module example.org/x\n\ngo 1.22\n"));
}

TEST(VideoNamesTest, ATransportStreamIsNoTypeScript) {
  for (const std::size_t packet : {188, 192, 204})
    EXPECT_TRUE(walked("a.ts", transport_stream(packet, packet == 192 ? 4 : 0))) << packet;
  EXPECT_TRUE(walked("a.ts", "junk" + transport_stream(188, 77)));
  EXPECT_TRUE(walked("a.ts", "damaged\0\0"s + std::string(500, '\x80')));
  EXPECT_FALSE(walked("index.ts", "export const answer: number = 42;\n// größer\n"));
  EXPECT_FALSE(walked("index.mts", "export {};\n"));
  EXPECT_FALSE(walked("de.ts", "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<TS/>"));
}

TEST(VideoNamesTest, DataIsSeldomAVideo) {
  EXPECT_TRUE(walked("AVSEQ01.DAT", "RIFF\x24\x10\x20\x00"s + "CDXAfmt "));
  EXPECT_TRUE(walked("0001.rec", transport_stream(188, 0)));
  EXPECT_FALSE(walked("save.dat", "RIFF\x24\x10\x20\x00"s + "WAVEfmt "));
  EXPECT_FALSE(walked("save.dat", std::string(4096, '\0')));
  EXPECT_FALSE(walked("empty.dat", ""));
  EXPECT_FALSE(walked("still.webp", "RIFF"));
}

TEST(VideoNamesTest, AnEmptyRecordingIsLookedAt) {
  for (const char* name : {"a.ts", "a.mod", "a.mp4"}) EXPECT_TRUE(walked(name, "")) << name;
}

}  // namespace
}  // namespace hevcpool::plan
