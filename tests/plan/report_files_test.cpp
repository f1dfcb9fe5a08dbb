// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/paths/report_files.h"

#include "support/temp_folder.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace hevcpool::plan {
namespace {

using testing::HasSubstr;

class ReportFilesTest : public testing::Test {
 protected:
  void SetUp() override { std::ofstream(folder_ / "source") << "precious"; }

  std::string complaint(const std::vector<std::string>& reports) const {
    const auto checked = check_report_files(reports, {folder_ / "missing", folder_ / "source"});
    return checked ? "" : checked.error().message;
  }

  test::TempFolder folder_;
};

TEST_F(ReportFilesTest, AreFreeToBeNewOrOld) {
  std::ofstream(folder_ / "old") << "of the last run";
  EXPECT_EQ(complaint({folder_ / "log", folder_ / "old", ""}), "");
  EXPECT_EQ(complaint({"", "", ""}), "");
}

TEST_F(ReportFilesTest, AreNoSource) {
  EXPECT_THAT(complaint({folder_ / "source"}), HasSubstr("one of the sources"));
  EXPECT_THAT(complaint({folder_ / "./source"}), HasSubstr("one of the sources"));
}

TEST_F(ReportFilesTest, AreNoSourceThroughLinks) {
  std::filesystem::create_symlink("source", folder_ / "symbolic");
  std::filesystem::create_hard_link(folder_ / "source", folder_ / "hard");
  EXPECT_THAT(complaint({"", folder_ / "symbolic"}), HasSubstr("symbolic"));
  EXPECT_THAT(complaint({"", folder_ / "hard"}), HasSubstr("hard"));
}

TEST_F(ReportFilesTest, SourcesMayBeCalledWhatTheyAre) {
  const auto checked = check_report_files({folder_ / "source"}, {folder_ / "source"}, "being read");
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message, HasSubstr("it is being read"));
}

TEST_F(ReportFilesTest, AreNotNamedLikeVideos) {
  EXPECT_THAT(complaint({folder_ / "other.mp4"}), HasSubstr("video"));
  EXPECT_THAT(complaint({"", "", folder_ / "OTHER.MKV"}), HasSubstr("video"));
}

TEST_F(ReportFilesTest, AreEachAFileOfItsOwn) {
  EXPECT_THAT(complaint({folder_ / "log", "", folder_ / "./log"}), HasSubstr("two reports"));
  std::ofstream(folder_ / "old") << "of the last run";
  EXPECT_THAT(complaint({"", folder_ / "old", folder_ / "old"}), HasSubstr("two reports"));
}

TEST_F(ReportFilesTest, MayAllGoToADevice) { EXPECT_EQ(complaint({"/dev/null", "/dev/null", "/dev/null"}), ""); }

}  // namespace
}  // namespace hevcpool::plan
