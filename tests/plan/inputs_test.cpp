// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/paths/inputs.h"

#include "support/temp_folder.h"

#include <gmock/gmock.h>

namespace hevcpool::plan {
namespace {

using test::TempFolder;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> relatives(const std::vector<std::string>& arguments, const ExpandOptions& options = {}) {
  std::vector<std::string> names;
  const auto inputs = expand_inputs(arguments, options);
  for (const Input& input : inputs.value())
    names.push_back(input.problem ? "! " + input.relative : input.relative);
  return names;
}

TEST(InputsTest, WalksFoldersSortedByNameForVideosOnly) {
  TempFolder folder;
  for (const char* name : {"b.MP4", "a/2.mkv", "a/1.webm", "notes.txt", "c.mov/deep.ts"}) folder.file(name);
  EXPECT_THAT(relatives({folder.path().native()}),
              ElementsAre("a/1.webm", "a/2.mkv", "b.MP4", "c.mov/deep.ts"));
}

TEST(InputsTest, WalksOggFilesWithPicturesAndNoPicturesThatMove) {
  TempFolder folder;
  folder.file("film.ogg", "OggS" + std::string(24, '\0') + "\x80theora...");
  folder.file("song.ogg", "OggS" + std::string(24, '\0') + "\x01vorbis...");
  folder.file("empty.ogg", "");
  for (const char* name : {"a.gxf", "still.webp"}) folder.file(name);
  EXPECT_THAT(relatives({folder.path().native()}), ElementsAre("a.gxf", "film.ogg"));
}

TEST(InputsTest, LeavesOutOwnOutputsWorkFoldersAndHiddenFiles) {
  TempFolder folder;
  for (const char* name : {"a.mp4", "a.hevc.mp4", "b.hevc.MKV", ".hidden.mp4", ".hevcpool/1/seg.mp4", "c.hevc.avi"})
    folder.file(name);
  EXPECT_THAT(relatives({folder.path().native()}), ElementsAre("a.mp4", "c.hevc.avi"));
}

TEST(InputsTest, TakesAnyFileThatIsNamedItself) {
  TempFolder folder;
  EXPECT_THAT(relatives({folder.file("a.hevc.mp4"), folder.file("notes.txt")}), ElementsAre("a.hevc.mp4", "notes.txt"));
}

TEST(InputsTest, DoesNotWalkTheOutputFolderInsideTheSource) {
  TempFolder folder;
  folder.file("a.mp4");
  folder.file("out/a.mp4");
  EXPECT_THAT(relatives({folder.path().native()}, {.skip_folder = identify(folder / "out")}), ElementsAre("a.mp4"));
}

TEST(InputsTest, FollowsLinksToFilesButNotToFolders) {
  TempFolder folder;
  folder.file("real/a.mp4");
  std::filesystem::create_directory_symlink(folder / "real", folder / "circle");
  std::filesystem::create_symlink(folder / "real/a.mp4", folder / "link.mp4");
  EXPECT_THAT(relatives({folder.path().native()}), ElementsAre("link.mp4", "real/a.mp4"));
}

TEST(InputsTest, MissingFilesAndBrokenLinksAreProblemsOfTheirOwn) {
  TempFolder folder;
  std::filesystem::create_symlink("nowhere", folder / "broken.mp4");
  const auto inputs = expand_inputs({folder / "none.mp4", folder.path().native()}, {});
  ASSERT_EQ(inputs->size(), 2U);
  EXPECT_EQ((*inputs)[0].problem->code, "ENOENT");
  EXPECT_EQ((*inputs)[1].problem->code, "ENOENT");
  EXPECT_EQ((*inputs)[1].path, folder / "broken.mp4");
}

TEST(InputsTest, WhatIsNoRegularFileIsAProblem) {
  const auto inputs = expand_inputs({"/dev/null"}, {});
  EXPECT_EQ(inputs->at(0).problem->code, "not_a_file");
}

TEST(InputsTest, ReadsListsByLine) {
  TempFolder folder;
  const std::string a = folder.file("a.mp4"), b = folder.file("# b.mp4");
  EXPECT_THAT(relatives({"@" + folder.file("list", a + "\r\n\n" + b)}), ElementsAre("a.mp4", "# b.mp4"));
}

TEST(InputsTest, ReadsListsByNulWhenThereIsOne) {
  EXPECT_THAT(split_list(std::string_view("a\nb\0-c\0", 7)), ElementsAre("a\nb", "-c"));
  EXPECT_THAT(split_list(""), IsEmpty());
}

TEST(InputsTest, AListThatCannotBeReadFailsTheCommand) {
  TempFolder folder;
  const auto missing = expand_inputs({"@" + (folder / "none")}, {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().stage, "list");
  EXPECT_FALSE(expand_inputs({"@" + folder.path().native()}, {}));
}

TEST(InputsTest, KeepsNamesThatAreNotText) {
  TempFolder folder;
  const std::string odd = folder.file("new\nline %d \xff.mp4");
  EXPECT_EQ(expand_inputs({folder.path().native()}, {})->at(0).path, odd);
}

TEST(ListsTest, AreFoundAmongTheArguments) {
  EXPECT_EQ(lists_among({"a", "@b", "@", "@-", "c@d"}), std::vector<std::string>{"b"});
}

TEST(MadeFromTest, KnowsTheNamesThatSmallTasksGive) {
  for (const char* name : {"a.b.clip.mp4", "a.b.converted.jpg", "a.b.thumb.png", "a.b.thumb-12.jpg"})
    EXPECT_EQ(made_from(name), "a.b") << name;
  for (const char* name : {"clip.mp4", ".clip.mp4", "a.clip", "a.clips.mp4", "a.thumb-.jpg", "a.thumb-x1.jpg", "a", ""})
    EXPECT_EQ(made_from(name), "") << name;
}

TEST(MadeFromTest, AWalkLeavesOutWhatLiesBesideItsSource) {
  const test::TempFolder folder;
  for (const char* name : {"in/a.mp4", "in/a.clip.mp4", "in/lone.clip.mp4", "in/sub/a.clip.mp4"}) folder.file(name);
  const auto names = [&](bool skip_made) {
    std::vector<std::string> out;
    const auto inputs = expand_inputs({folder / "in"}, {.skip_folder = {}, .accepts = {}, .skip_made = skip_made});
    for (const Input& input : inputs.value()) out.push_back(input.relative);
    return out;
  };
  EXPECT_EQ(names(true), (std::vector<std::string>{"a.mp4", "lone.clip.mp4", "sub/a.clip.mp4"}));
  EXPECT_EQ(names(false).size(), 4u);
  EXPECT_EQ(expand_inputs({folder / "in/a.clip.mp4"}, {.skip_folder = {}, .accepts = {}, .skip_made = true})->size(), 1u);
}

}  // namespace
}  // namespace hevcpool::plan
