// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/jobs/batch_results.h"

#include "base/utf8.h"
#include "support/temp_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

namespace hevcpool::cli {
namespace {

using nlohmann::json;

TEST(BatchResultsTest, AKeyIsOfWhatIsDoneNotOfItsLimits) {
  EXPECT_EQ(key_of(Probe{.input = "a"}), key_of(Probe{.input = "a", .limits = {.timeout = Seconds(1)}}));
  EXPECT_NE(key_of(Probe{.input = "x\xff"}), key_of(Probe{.input = "x\xfe"}));
}

TEST(BatchResultsTest, TellWhatIsDone) {
  const AnyTask a = Probe{.input = "a"}, b = Probe{.input = "b"}, c = Probe{.input = "c"};
  const auto done = done_jobs(json{{"status", "ok"}, {"key", key_of(a)}}.dump() + "\n" +
                              json{{"status", "failed"}, {"key", key_of(b)}}.dump() + "\nnot json\n[]\n{\"key\": 3}\n" +
                              json{{"status", "ok"}, {"key", key_of(c)}}.dump().substr(0, 20));
  EXPECT_TRUE(is_done(done, a));
  EXPECT_FALSE(is_done(done, b));
  EXPECT_FALSE(is_done(done, c));
}

TEST(BatchResultsTest, WhatIsGoneIsDoneAgain) {
  const test::TempFolder folder;
  const AnyTask task = Image{.input = "a"};
  const std::string first = folder.file("1"), second = folder.file("x\xff");
  const auto event = [&](json members) {
    members["key"] = key_of(task);
    return done_jobs(members.dump());
  };
  const auto several = event({{"status", "ok"}, {"outputs", {"1", "x"}},
                              {"outputs_bytes", {percent_encoded(first), percent_encoded(second)}}});
  const auto one = event({{"status", "ok"}, {"output", "x"}, {"output_bytes", percent_encoded(second)}});
  const auto skipped = event({{"status", "skipped"}, {"output", first}, {"reason_code", "output_exists"}});
  const auto other = event({{"status", "skipped"}, {"output", "nowhere"}, {"reason_code", "already_hevc"}});
  const auto odd = event({{"status", "skipped"}, {"output", "x"}, {"output_bytes", percent_encoded(second)},
                          {"reason_code", "output_exists"}});
  for (const auto& done : {several, one, skipped, other, odd}) EXPECT_TRUE(is_done(done, task));
  std::filesystem::remove(second);
  for (const auto& done : {several, one, odd}) EXPECT_FALSE(is_done(done, task));
  std::filesystem::remove(first);
  EXPECT_FALSE(is_done(skipped, task));
  EXPECT_TRUE(is_done(other, task));
}

}  // namespace
}  // namespace hevcpool::cli
