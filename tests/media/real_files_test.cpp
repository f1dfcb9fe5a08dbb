// SPDX-License-Identifier: GPL-2.0-or-later
// Every real clip through conversion and verification, with the pictures made small: what is tested is the way of the
// streams. The broken ones must behave as EXPECTED.tsv says.
#include "media/convert/transcode.h"
#include "media/verify/verify.h"
#include "real_clips.h"
#include "support/clip_file.h"

#include <fcntl.h>
#include <fstream>
#include <map>
#include <sstream>

namespace hevcpool::media {
namespace {

std::map<std::string, std::string> expectations() {
  std::map<std::string, std::string> expected;
  std::ifstream file(std::string(HEVCPOOL_MEDIA) + "/EXPECTED.tsv");
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string name, what;
    std::getline(fields, name, '\t');
    std::getline(fields, what, '\t');
    expected[name] = what;
  }
  return expected;
}

class RealFilesTest : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(RealFilesTest, BehavesAsExpected) {
  const std::string name = std::filesystem::relative(GetParam(), HEVCPOOL_MEDIA).native();
  const auto expected = expectations();
  const auto found = expected.find(name);
  const std::string what = found == expected.end() ? "encode" : found->second;
  const UniqueFd source(open(GetParam().c_str(), O_RDONLY | O_CLOEXEC)), target = test::memory_file();
  TranscodeRequest request;
  request.source = source.get();
  request.target = target.get();
  request.name = GetParam().filename();
  request.options.preset = "ultrafast";
  request.options.reencode = true;
  request.options.vf = "scale=64:48";
  const auto report = transcode(request);
  if (what == "refuse") {
    ASSERT_FALSE(report);
    EXPECT_FALSE(report.error().message.empty());
    EXPECT_EQ(report.error().message.find('\n'), std::string::npos);
    return;
  }
  if (!report && what == "either") return;
  ASSERT_TRUE(report) << report.error().stage << ": " << report.error().message;
  if (what == "encode+warn") {
    EXPECT_FALSE(report->warnings.empty());
  }
  EXPECT_GT(report->frames, 0);
  VerifyRequest check;
  check.target = target.get();
  check.source = source.get();
  check.source_name = request.name;
  check.options = request.options;
  check.expected = *report;
  const auto verified = verify(check);
  EXPECT_TRUE(verified) << verified.error().message;
}

INSTANTIATE_TEST_SUITE_P(Clips, RealFilesTest, ::testing::ValuesIn(clips()), case_name);

}  // namespace
}  // namespace hevcpool::media
