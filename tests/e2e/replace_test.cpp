// SPDX-License-Identifier: GPL-2.0-or-later
// What is not to be lost: sources that cannot be read to the end, names that are taken, two sources of one name. And
// what is not to be left.
#include "e2e/running.h"
#include "e2e/stage.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace hevcpool::e2e {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ReplaceTest : public testing::Test {
 protected:
  // Made by ffmpeg from two seconds of a moving picture with a key frame every half second.
  std::string film(const std::string& name, const std::string& options = "-c:v libx264 -preset ultrafast -g 12") {
    fs::create_directories(fs::path(folder / name).parent_path());
    const std::string command = "ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=160x120:rate=24:duration=2 " + options +
                                " -y '" + (folder / name) + "'";
    EXPECT_EQ(std::system(command.c_str()), 0);
    return folder / name;
  }
  Ran run(std::vector<std::string> more) {
    more.insert(more.begin(), {"encode", "--preset", "ultrafast", "-j", "2"});
    return e2e::run(more);
  }
  static void spoil(const std::string& path, double from, std::size_t bytes) {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(from * static_cast<double>(fs::file_size(path))));
    for (std::size_t n = 0; n < bytes; ++n) file.put(static_cast<char>(n * 37 + 11));
  }
  std::vector<std::string> files() const { return Stage::files(folder.path()); }

  test::TempFolder folder;
};

TEST_F(ReplaceTest, AnEncryptedSourceStays) {
  const std::string film_path = film("a.mp4", "-c:v libx264 -preset ultrafast -encryption_scheme cenc-aes-ctr -encryption_key "
                                              "00112233445566778899aabbccddeeff -encryption_kid "
                                              "0123456789abcdef0123456789abcdef");
  const std::string before = contents(film_path);
  const Ran ran = run({film_path, "--replace"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out + ran.err, AllOf(HasSubstr("a.mp4"), HasSubstr("open: "), HasSubstr("encrypted (cenc)")));
  EXPECT_EQ(contents(film_path), before);
  EXPECT_THAT(files(), ElementsAre("a.mp4"));
}

TEST_F(ReplaceTest, ADamagedSourceStaysUnlessThatIsAllowed) {
  const std::string path = film("a.mp4");
  spoil(path, 0.5, 2000);
  const std::string before = contents(path);
  const Ran refused = run({path, "--replace", "--max-errors", "any"});
  EXPECT_EQ(refused.code, 1) << refused.out;
  EXPECT_THAT(refused.out, HasSubstr("not replaced"));
  EXPECT_EQ(contents(path), before);
  EXPECT_THAT(files(), ElementsAre("a.mp4"));
  const Ran taken = run({path, "--replace", "--max-errors", "any", "--replace-max-damage", "90"});
  EXPECT_EQ(taken.code, 0) << taken.out << taken.err;
  EXPECT_EQ(decoded(path).substr(0, 4), "hevc");
}

TEST_F(ReplaceTest, MuchDamageFailsTheJobUnlessThatIsAllowed) {
  const std::string path = film("a.mp4");
  spoil(path, 0.2, fs::file_size(path) / 2);
  EXPECT_THAT(run({path, "-o", folder / "out.mp4"}).out, AllOf(HasSubstr("frames are damaged or missing"), HasSubstr("failed 1")));
  EXPECT_THAT(files(), ElementsAre("a.mp4"));
  EXPECT_EQ(run({path, "-o", folder / "out.mp4", "--max-errors", "99%"}).code, 0);
  EXPECT_EQ(run({path, "-o", folder / "any.mp4", "--max-errors", "any"}).code, 0);
}

TEST_F(ReplaceTest, ATakenNameFailsThatJobAlone) {
  const std::string old_film = film("v/a.avi", "-c:v mpeg4"), other = film("v/a.mp4"), third = film("v/b.avi", "-c:v mpeg4");
  const std::string before = contents(old_film);
  const Ran ran = run({folder / "v", "--replace"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("another file has the new name"), HasSubstr("done 2, failed 1")));
  EXPECT_EQ(contents(old_film), before);
  EXPECT_THAT(files(), ElementsAre("v/a.avi", "v/a.mp4", "v/b.mp4"));
  EXPECT_EQ(run({old_film, "--replace", "--overwrite"}).code, 1);
  EXPECT_EQ(contents(old_film), before);
}

TEST_F(ReplaceTest, SourcesOfOneNameKeepTheirExtension) {
  film("v/a.mkv");
  film("v/a.mp4");
  film("v/b.mp4");
  const Ran first = run({folder / "v"});
  EXPECT_EQ(first.code, 0) << first.err;
  EXPECT_THAT(first.err, AllOf(HasSubstr("a.mkv"), HasSubstr("a.mp4")));
  EXPECT_THAT(files(), ElementsAre("v/a.mkv", "v/a.mkv.hevc.mp4", "v/a.mp4", "v/a.mp4.hevc.mp4", "v/b.hevc.mp4", "v/b.mp4"));
  EXPECT_THAT(run({folder / "v"}).out, HasSubstr("done 0, failed 0, skipped 3"));
  EXPECT_EQ(run({folder / "v/a.mkv", folder / "v/a.mp4", "-o", folder / "o/"}).code, 2);
}

TEST_F(ReplaceTest, ARivalThatComesLaterDoesNotMoveWhatIsThere) {
  film("v/a.mkv");
  EXPECT_EQ(run({folder / "v", "-o", folder / "o"}).code, 0);
  fs::last_write_time(film("v/a.mp4"), fs::file_time_type::clock::now() - std::chrono::hours(1));
  EXPECT_THAT(run({folder / "v", "-o", folder / "o"}).out, HasSubstr("done 1, failed 0, skipped 1"));
  EXPECT_THAT(Stage::files(folder / "o"), ElementsAre("a.mp4", "a.mp4.mp4"));
}

TEST_F(ReplaceTest, AFilmThatIsCutOffLeavesNothing) {
  const std::string path = film("a.mkv");
  fs::resize_file(path, fs::file_size(path) * 6 / 10);
  EXPECT_EQ(run({path, "--split", "1", "-o", folder / "new/folder/"}).code, 1);
  EXPECT_THAT(files(), ElementsAre("a.mkv"));
  EXPECT_FALSE(fs::exists(folder / "new"));
}

TEST_F(ReplaceTest, WhatAnOptionCannotDoIsSaid) {
  const std::string path = film("a.mp4");
  const Ran ran = run({path, "--x265-params", "hdr10-opt=1"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.err + ran.out, AllOf(HasSubstr("hdr10-opt"), HasSubstr("no effect")));
}

}  // namespace
}  // namespace hevcpool::e2e
