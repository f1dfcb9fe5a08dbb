// SPDX-License-Identifier: GPL-2.0-or-later
// A file that kills every worker that reads it: it is tried again, given up with a full report, and the others are
// done as if it were not there.
#include "faults/matrix.h"
#include "faults/stage.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>

namespace hevcpool::faults {
namespace {

using testing::HasSubstr;

class PoisonTest : public ::testing::Test {
 protected:
  // Every read of the clip crashes its reader, from the `at`th on.
  Finished with_poison(const std::string& clip, std::uint64_t at, std::vector<std::string> options = {}) {
    return stage_.run_with(stage_.command(std::move(options)), kRead, Action::crash_onward, at, 0, "/in/" + clip);
  }
  static nlohmann::json done(const Finished& finished, const std::string& clip) {
    for (const auto& event : finished.events("done"))
      if (std::filesystem::path(event.value("input", "")).filename() == clip) return event;
    return {};
  }
  // Everything but the poisoned clip.
  void expect_others_done(const Finished& finished, const std::string& poisoned) {
    for (const auto& [name, bytes] : clips())
      if (name != poisoned) { EXPECT_EQ(done(finished, name).value("status", ""), "ok") << finished.describe(); }
    EXPECT_EQ(broken_rule(stage_, finished), "") << finished.describe();
  }

  Stage stage_;
};

TEST_F(PoisonTest, IsTriedAgainAndThenFailedWithAReport) {
  const Finished finished = with_poison("two.mkv", 1);
  EXPECT_EQ(finished.status, 1) << finished.describe();
  const auto event = done(finished, "two.mkv");
  const auto& error = event["error"];
  EXPECT_EQ(event.value("status", ""), "failed");
  EXPECT_EQ(stage_.plan().fired, 2u) << "once, and once more";
  EXPECT_EQ(error.value("kind", ""), "crash");
  EXPECT_EQ(error.value("code", ""), "SIGSEGV");
  EXPECT_EQ(error.value("stage", ""), "open");
  EXPECT_THAT(error.value("log", ""), HasSubstr("died of SIGSEGV, backtrace:"));
  EXPECT_THAT(error.value("log", ""), HasSubstr("libavformat"));
  expect_others_done(finished, "two.mkv");
  add_row("a file that kills its worker", 1, seen_by_user(finished), "sources; the other outputs");
}

TEST_F(PoisonTest, IsTriedAsOftenAsAsked) {
  const Finished never = with_poison("two.mkv", 1, {"--retries", "0"});
  EXPECT_EQ(stage_.plan().fired, 1u);
  expect_others_done(never, "two.mkv");
  stage_.reset();
  const Finished often = with_poison("two.mkv", 1, {"--retries", "4"});
  EXPECT_EQ(stage_.plan().fired, 5u);
  expect_others_done(often, "two.mkv");
}

// The clip is long enough to be read on while frames are decoded.
TEST_F(PoisonTest, TheFrameAtWorkIsNamed) {
  ASSERT_EQ(stage_.run_with(stage_.command(), kRead, Action::count, 0, 0, "/in/three.avi").status, 0);
  const std::uint64_t reads = stage_.plan().seen;
  bool named = false;
  for (std::uint64_t at = reads; at > 1 && !named; --at) {
    stage_.reset();
    const Finished finished = with_poison("three.avi", at, {"--retries", "0"});
    const auto error = done(finished, "three.avi")["error"];
    if (!error.is_object() || error.value("frame", 0) == 0) continue;
    named = true;
    EXPECT_THAT(error.value("message", ""), HasSubstr(fmt::format(", at frame {}", error.value("frame", 0))));
    EXPECT_EQ(error.value("stage", ""), "demux");
    expect_others_done(finished, "three.avi");
  }
  EXPECT_TRUE(named);
}

TEST_F(PoisonTest, EveryFilePoisonedIsStillABatch) {
  const Finished finished =
      stage_.run_with(stage_.command({"--retries", "1"}), kRead, Action::crash_onward, 1, 0, "/in/");
  EXPECT_EQ(finished.status, 1) << finished.describe();
  EXPECT_EQ(finished.events("done").size(), clips().size());
  EXPECT_EQ(finished.events("summary").size(), 1u);
  EXPECT_EQ(broken_rule(stage_, finished), "") << finished.describe();
}

}  // namespace
}  // namespace hevcpool::faults
