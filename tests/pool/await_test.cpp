// SPDX-License-Identifier: GPL-2.0-or-later
#include <hevcpool/await.h>

#include "pool/detached.h"
#include "pool/job_state.h"

#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <string>
#include <thread>

namespace hevcpool {
namespace {

using hevcpool::test::Detached;

Detached collect(Job first, Job second, std::string& out) {
  out += (co_await first).body;
  out += (co_await second).body;
}

JobResult body(std::string text) {
  JobResult result;
  result.body = std::move(text);
  return result;
}

TEST(AwaitTest, GoesOnAtOnceWhenDone) {
  const auto state = std::make_shared<JobState>(1);
  state->complete(body("a"));
  std::string out;
  collect(Job(state), Job(state), out);
  EXPECT_EQ(out, "aa");
}

TEST(AwaitTest, GoesOnOnTheCompletingThread) {
  const auto first = std::make_shared<JobState>(1), second = std::make_shared<JobState>(2);
  std::string out;
  collect(Job(first), Job(second), out);
  EXPECT_EQ(out, "");
  std::thread completer([&] {
    first->complete(body("a"));
    second->complete(body("b"));
  });
  completer.join();
  EXPECT_EQ(out, "ab");
}

}  // namespace
}  // namespace hevcpool
