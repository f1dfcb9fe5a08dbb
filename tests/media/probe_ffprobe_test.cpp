// SPDX-License-Identifier: GPL-2.0-or-later
// Every field that the installed ffprobe prints for the clips, against ours. Known differences: none.
#include "base/unique_fd.h"
#include "media/probe/probe.h"
#include "media/real_clips.h"

#include <fcntl.h>
#include <nlohmann/json.hpp>

namespace hevcpool::media {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

json ffprobe(const fs::path& path, const std::string& more = {}) {
  return json::parse(output_of("timeout 60 ffprobe -v quiet -show_format -show_streams -show_chapters -of json " +
                               more + " -i " + quoted(path.string())),
                     nullptr, false);
}

Expected<json> ours(const fs::path& path, bool frames = false) {
  const UniqueFd source(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  HEVCPOOL_ASSIGN(const std::string text, probe({.source = source.get(), .name = path.string(), .frames = frames}));
  return json::parse(text, nullptr, false);
}

class ProbeFfprobeTest : public testing::TestWithParam<fs::path> {};

TEST_P(ProbeFfprobeTest, GivesTheSameDocument) {
  const json wanted = ffprobe(GetParam());
  const auto found = ours(GetParam());
  if (!wanted.contains("format")) {
    EXPECT_FALSE(found) << found->dump(1);
    return;
  }
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(json::diff(wanted, *found), json::array()) << "for ffprobe's\n" << wanted.dump(1);
}

TEST_P(ProbeFfprobeTest, CountsTheSameFrames) {
  const json wanted = ffprobe(GetParam(), "-count_frames -select_streams v");
  if (!wanted.contains("streams") || !wanted.contains("format")) GTEST_SKIP() << "not readable";
  const auto found = ours(GetParam(), true);
  ASSERT_TRUE(found) << found.error().message;
  for (const auto& stream : wanted["streams"]) {
    const auto& counted = (*found)["streams"][stream["index"].get<std::size_t>()];
    EXPECT_EQ(counted["nb_read_frames"], stream.value("nb_read_frames", "0")) << stream["index"];
  }
}

INSTANTIATE_TEST_SUITE_P(Clips, ProbeFfprobeTest, testing::ValuesIn(clips()), case_name);

}  // namespace
}  // namespace hevcpool::media
