// SPDX-License-Identifier: GPL-2.0-or-later
// Requests that make no sense: refused with the names, exit code 2, nothing started and nothing written.
#include "e2e/running.h"
#include "e2e/stage.h"

#include <gmock/gmock.h>

#include <filesystem>

namespace hevcpool::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

class UsageTest : public testing::Test {
 protected:
  std::string refused(const std::vector<std::string>& arguments) {
    const auto before = Stage::files(folder.path());
    Running program(arguments);
    EXPECT_EQ(program.wait().exit_code, 2);
    EXPECT_THAT(program.out(), IsEmpty());
    EXPECT_EQ(Stage::files(folder.path()), before);
    return program.err();
  }
  test::TempFolder folder;
};

TEST_F(UsageTest, UnknownWordsAndOptionsAreNamed) {
  EXPECT_THAT(refused({"encoed"}), HasSubstr("encoed"));
  EXPECT_THAT(refused({"encode", "--crff", "3", "a"}), HasSubstr("--crff"));
  EXPECT_THAT(refused({"encode"}), HasSubstr("INPUT"));
}

TEST_F(UsageTest, EncoderParametersAreNamed) {
  EXPECT_THAT(refused({"encode", "--x265-params", "nonsense=1", folder.file("a.mp4")}), HasSubstr("nonsense"));
  EXPECT_THAT(refused({"encode", "--x265-params", "me=flying", folder.file("a.mp4")}), HasSubstr("flying"));
  EXPECT_THAT(refused({"encode", "--x265-params", "level-idc=99", folder.file("a.mp4")}), HasSubstr("level-idc=99"));
}

TEST_F(UsageTest, TwoInputsForOneOutput) {
  const std::string a = folder.file("1/a.mp4"), b = folder.file("2/a.mp4");
  EXPECT_THAT(refused({"encode", a, b, "-o", folder / "out"}), AllOf(HasSubstr(a), HasSubstr(b)));
}

TEST_F(UsageTest, TheOutputIsTheInput) {
  const std::string a = folder.file("a.mp4");
  std::filesystem::create_symlink(a, folder / "link.mp4");
  std::filesystem::create_hard_link(a, folder / "hard.mp4");
  EXPECT_THAT(refused({"encode", a, "-o", a}), HasSubstr(a));
  EXPECT_THAT(refused({"encode", "--overwrite", a, "-o", folder / "link.mp4"}), HasSubstr("link.mp4"));
  EXPECT_THAT(refused({"encode", "--overwrite", a, "-o", folder / "hard.mp4"}), HasSubstr("hard.mp4"));
}

TEST_F(UsageTest, OutputsThatCannotHaveTheirNames) {
  const std::string a = folder.file("a.mp4");
  EXPECT_THAT(refused({"encode", a, "-o", folder / (std::string(252, 'x') + ".mp4")}), HasSubstr("255 bytes"));
  folder.file("a.hevc.mp4/file");
  EXPECT_THAT(refused({"encode", "--overwrite", a}), HasSubstr("a.hevc.mp4' of '" + a + "' is a folder"));
}

TEST_F(UsageTest, FoldersThatCannotBeWritten) {
  EXPECT_THAT(refused({"encode", folder.file("a.mp4"), "-o", "/proc/nowhere/"}), HasSubstr("/proc"));
  EXPECT_THAT(refused({"encode", folder / "a.mp4", "-o", folder / "a.mp4/out/"}), HasSubstr("a.mp4"));
}

TEST_F(UsageTest, ListsThatCannotBeRead) { EXPECT_THAT(refused({"encode", "@/no/list"}), HasSubstr("/no/list")); }

TEST_F(UsageTest, HelpAndVersionAreNoErrors) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"--help"}, {"encode", "--help"}, {"--version"}}) {
    Running program(words);
    EXPECT_EQ(program.wait().exit_code, 0);
    EXPECT_THAT(program.out(), HasSubstr("hevcpool"));
  }
}

}  // namespace
}  // namespace hevcpool::e2e
