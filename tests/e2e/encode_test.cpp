// SPDX-License-Identifier: GPL-2.0-or-later
// The program on good and bad files: what it makes, what it says, how it ends.
#include "e2e/running.h"
#include "e2e/stage.h"

#include <gmock/gmock.h>

#include <filesystem>

namespace hevcpool::e2e {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> quick(std::vector<std::string> more) {
  more.insert(more.begin(), {"encode", "--preset", "ultrafast", "-j", "2"});
  return more;
}

TEST(EncodeTest, AFolderBecomesHevc) {
  const Stage stage(3);
  const Ran ran = run(quick({stage.in(), "-o", stage.out()}));
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("[3/3] done: "), HasSubstr(" → "), HasSubstr("done 3, failed 0, cancelled 0, total 3\n")));
  EXPECT_THAT(Stage::files(stage.out()), ElementsAre("clip-1.mp4", "clip-2.mp4", "clip-3.mp4"));
  for (const char* name : {"/clip-1.mp4", "/clip-2.mp4", "/clip-3.mp4"}) {
    const std::string source = decoded(stage.in() + name);
    EXPECT_EQ(decoded(stage.out() + name), "hevc" + source.substr(source.find(','))) << name;
  }
  EXPECT_EQ(orphans(), 0);
}

TEST(EncodeTest, ASecondRunSkipsWhatIsThere) {
  const Stage stage(1);
  run(quick({stage.in()}));
  EXPECT_THAT(Stage::files(stage.in()), ElementsAre("clip-1.hevc.mp4", "clip-1.mp4"));
  const Ran again = run(quick({stage.in()}));
  EXPECT_EQ(again.code, 0);
  EXPECT_THAT(again.out, AllOf(HasSubstr("skipped: "), HasSubstr("done 0, failed 0, skipped 1, cancelled 0, total 1")));
}

TEST(EncodeTest, HevcIsSkippedUnlessAskedFor) {
  const Stage stage(1);
  const std::string hevc = stage / "x/clip.mp4";
  run(quick({stage.in() + "/clip-1.mp4", "-o", hevc}));
  EXPECT_THAT(run(quick({hevc})).out, HasSubstr("skipped: "));
  EXPECT_THAT(run(quick({hevc, "--reencode"})).out, HasSubstr("done: "));
}

TEST(EncodeTest, EventsAreJsonAndNothingElse) {
  const Stage stage(1);
  const std::string bad = stage.folder().file("in/broken.mp4", "no video");
  const Ran ran = run(quick({"--json", stage.in(), "-o", stage.out()}));
  EXPECT_EQ(ran.code, 1);
  const auto all = events(ran.out);
  ASSERT_GE(all.size(), 4U);
  EXPECT_EQ(all.front()["event"], "start");
  EXPECT_EQ(all.front()["jobs"], 2);
  EXPECT_EQ(all.back()["event"], "summary");
  EXPECT_EQ(all.back()["ok"], 1);
  EXPECT_EQ(all.back()["failed"], 1);
  for (const auto& event : all) {
    if (event["event"] != "done") continue;
    for (const char* key : {"input", "output", "status", "reason", "frames", "seconds", "bytes_in", "bytes_out",
                            "attempts", "warnings", "error"})
      EXPECT_TRUE(event.contains(key)) << key;
    const bool good = event["status"] == "ok";
    EXPECT_EQ(event["error"].is_null(), good);
    if (good) EXPECT_GT(event["frames"], 0);
    else EXPECT_EQ(event["input"], bad);
  }
  EXPECT_THAT(ran.err, HasSubstr("failed: "));
}

TEST(EncodeTest, BadInputsFailAloneAndLeaveNothing) {
  const Stage stage(1);
  const std::string text = stage.folder().file("in/text.mp4", "this is no video"), empty = stage.folder().file("in/empty.mkv", "");
  const Ran ran = run(quick({stage.in(), stage / "missing.mp4", "-o", stage.out()}));
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("failed: " + text), HasSubstr("failed: " + empty), HasSubstr("missing.mp4: open: "),
                             HasSubstr("done 1, failed 3, cancelled 0, total 4")));
  EXPECT_THAT(Stage::files(stage.out()), ElementsAre("clip-1.mp4"));
}

TEST(EncodeTest, OddNamesWork) {
  const Stage stage(1);
  for (const char* name : {"new\nline.mp4", "per%d cent.mp4", "-dash.mp4", "latin\xe9.mp4", "{}.mp4"})
    std::filesystem::copy_file(stage.in() + "/clip-1.mp4", stage.in() + "/" + name);
  const Ran ran = run(quick({stage.in(), "-o", stage.out()}));
  EXPECT_EQ(ran.code, 0) << ran.out;
  EXPECT_EQ(Stage::files(stage.out()), Stage::files(stage.in()));
  EXPECT_THAT(ran.out, AllOf(HasSubstr("new\\nline"), HasSubstr("latin\\xe9")));
}

TEST(EncodeTest, ListsAndLogsCloseTheCircle) {
  const Stage stage(2);
  stage.folder().file("in/bad.mp4", "x");
  const Ran first = run(quick({stage.in(), "-o", stage.out(), "--failed", stage / "failed", "--succeeded", stage / "good",
                               "--joblog", stage / "log"}));
  EXPECT_EQ(first.code, 1);
  const Ran second = run(quick({"@" + (stage / "failed"), "-o", stage.out() + "/"}));
  EXPECT_THAT(second.out, HasSubstr("done 0, failed 1, cancelled 0, total 1"));
  std::ifstream log(stage / "log");
  int lines = 0;
  for (std::string line; std::getline(log, line);) ++lines;
  EXPECT_EQ(lines, 4);
}

TEST(EncodeTest, DryRunSaysEverythingAndTouchesNothing) {
  const Stage stage(1);
  const Ran ran = run(quick({"--dry-run", stage.in(), "-o", stage.out(), "--joblog", stage / "log"}));
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("clip-1.mp4 → "), HasSubstr("(mp4, "), HasSubstr("video"), HasSubstr("hevc"),
                             HasSubstr("audio"), HasSubstr("copied")));
  EXPECT_FALSE(std::filesystem::exists(stage.out()));
  EXPECT_FALSE(std::filesystem::exists(stage / "log"));
}

TEST(EncodeTest, QuietSaysOnlyFailures) {
  const Stage stage(1);
  stage.folder().file("in/bad.mp4", "x");
  const Ran ran = run(quick({"--quiet", stage.in(), "-o", stage.out()}));
  EXPECT_THAT(ran.out, IsEmpty());
  EXPECT_THAT(ran.err, AllOf(HasSubstr("failed: "), Not(HasSubstr("done"))));
}

TEST(EncodeTest, ATerminalShowsWhatRuns) {
  const Stage stage(2);
  Running program(quick({stage.in(), "-o", stage.out()}), Running::Screen::terminal);
  EXPECT_TRUE(program.wait_for("2/2 done"));
  EXPECT_EQ(program.wait().exit_code, 0);
  EXPECT_THAT(program.out(), AllOf(HasSubstr("\x1b[K"), HasSubstr("[1/2] done: "), HasSubstr("total 2")));
}

}  // namespace
}  // namespace hevcpool::e2e
