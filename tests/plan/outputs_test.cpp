// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/paths/outputs.h"

#include "support/temp_folder.h"

#include <gmock/gmock.h>

namespace hevcpool::plan {
namespace {

using test::TempFolder;

Target target(const std::string& path, const std::string& relative, OutputRule rule) {
  return map_output({path, relative, {}, {}}, rule).value();
}

TEST(OutputsTest, DefaultIsBesideTheSource) {
  EXPECT_EQ(target("v/a.b.mp4", "a.b.mp4", {}).path, "v/a.b.hevc");
  EXPECT_EQ(target("a", "a", {}).path, "a.hevc");
}

TEST(OutputsTest, KeepsWhatOnlyLooksLikeAnExtension) {
  EXPECT_EQ(target("Show 1.E02", "Show 1.E02", {}).path, "Show 1.E02.hevc");
}

TEST(OutputsTest, ReplaceTakesTheNameOfTheSource) {
  EXPECT_EQ(target("v/a.avi", "a.avi", {.replace = true}).path, "v/a");
}

TEST(OutputsTest, MirrorsTheTreeIntoAFolder) {
  EXPECT_EQ(target("v/s/a.avi", "s/a.avi", {.output = "out"}).path, "out/s/a");
  EXPECT_FALSE(target("v/s/a.avi", "s/a.avi", {.output = "out"}).exact);
}

TEST(OutputsTest, OneInputMayNameItsFile) {
  const Target named = target("a.avi", "a.avi", {.output = "x.mkv", .single = true});
  EXPECT_EQ(named.path, "x.mkv");
  EXPECT_TRUE(named.exact);
  EXPECT_EQ(target("a.avi", "a.avi", {.output = "x/", .single = true}).path, "x/a");
}

TEST(OutputsTest, RefusesFileNamesWithoutAContainer) {
  for (const char* name : {"x.avi", "x"})
    EXPECT_FALSE(map_output({"a.avi", "a.avi", {}, {}}, {.output = name, .single = true})) << name;
  EXPECT_FALSE(map_output({"a.avi", "a.avi", {}, {}},
                          {.output = "x.mp4", .single = true, .container = Container::mkv}));
}

TEST(OutputsTest, RefusesANameLongerThanFileSystemsHave) {
  const std::string longest = std::string(251, 'x') + ".mp4";
  const auto refused = map_output({"a.avi", "a.avi", {}, {}}, {.output = "x" + longest, .single = true});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "ENAMETOOLONG");
  EXPECT_TRUE(map_output({"a.avi", "a.avi", {}, {}}, {.output = longest, .single = true}));
}

TEST(OutputsTest, KnowsExtensionsThatSoundAndPicturesHaveToo) {
  for (const char* name : {"v/a.ogg", "v/a.webp", "v/a.gxf"}) EXPECT_EQ(target(name, "a", {}).path, "v/a.hevc") << name;
}

class ConflictTest : public testing::Test {
 protected:
  Pair pair(const std::string& input, const std::string& target, bool exact = false) {
    return {{input, input, identify(input), {}}, {target, exact}};
  }
  TempFolder folder;
};

TEST_F(ConflictTest, NamesTwoInputsOfOneOutput) {
  const auto result = without_conflicts({pair(folder.file("a.mp4"), folder / "o/a"),
                                         pair(folder.file("b.mp4"), folder / "./o/../o//a")}, {});
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, testing::AllOf(testing::HasSubstr("a.mp4"), testing::HasSubstr("b.mp4")));
}

TEST_F(ConflictTest, SeesOneFolderThroughTwoNames) {
  std::filesystem::create_directory(folder / "real");
  std::filesystem::create_directory_symlink("real", folder / "link");
  EXPECT_FALSE(without_conflicts({pair(folder.file("a.mp4"), folder / "real/x"),
                                  pair(folder.file("b.mp4"), folder / "link/x")}, {}));
}

TEST_F(ConflictTest, OneFileGivenTwiceIsOneJob) {
  const std::string a = folder.file("a.mp4");
  EXPECT_EQ(without_conflicts({pair(a, folder / "a.hevc"), pair(a, folder / "a.hevc")}, {})->size(), 1U);
}

TEST_F(ConflictTest, RefusesTheInputItselfThroughLinks) {
  const std::string a = folder.file("a.mp4");
  std::filesystem::create_hard_link(a, folder / "hard.mkv");
  std::filesystem::create_symlink(a, folder / "soft.mp4");
  for (const char* output : {"a.mp4", "hard.mkv", "soft.mp4"})
    EXPECT_FALSE(without_conflicts({pair(a, folder / output, true)}, {})) << output;
  EXPECT_FALSE(without_conflicts({pair(a, folder / "hard")}, {}));
  EXPECT_TRUE(without_conflicts({pair(a, folder / "hard")}, {.container = Container::mp4}));
}

TEST_F(ConflictTest, RefusesAnotherInput) {
  const std::string a = folder.file("a.avi"), b = folder.file("x/a.mp4");
  const auto result = without_conflicts({pair(a, folder / "x/a"), pair(b, folder / "y/a")}, {});
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, testing::HasSubstr("x/a.mp4"));
}

TEST_F(ConflictTest, RefusesAFolderInTheOutputsPlace) {
  folder.file("o/a.mkv/file");
  const auto result = without_conflicts({pair(folder.file("a.mp4"), folder / "o/a")}, {});
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, testing::HasSubstr("o/a.mkv' of"));
  EXPECT_TRUE(without_conflicts({pair(folder.file("a.mp4"), folder / "o/a")}, {.container = Container::mp4}));
}

TEST_F(ConflictTest, ReplaceMayTakeItsOwnSource) {
  const std::string a = folder.file("a.mp4");
  EXPECT_TRUE(without_conflicts({pair(a, folder / "a")}, {.replace = true}));
}

TEST_F(ConflictTest, WritableFoldersAreFoundOut) {
  EXPECT_TRUE(require_writable(folder.path(), false));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  EXPECT_FALSE(require_writable("/proc", false));
  EXPECT_FALSE(require_writable(folder.file("a"), false));
  EXPECT_EQ(existing_folder(folder / "no/such/a.mp4"), folder.path());
  EXPECT_EQ(existing_folder("a.mp4"), ".");
}

}  // namespace
}  // namespace hevcpool::plan
