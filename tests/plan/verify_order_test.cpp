// SPDX-License-Identifier: GPL-2.0-or-later
// Which slot verifies what: another one than encoded it, without keeping either waiting.
#include "plan/schedule/scheduler.h"

#include <gtest/gtest.h>

#include <map>

namespace hevcpool::plan {
namespace {

// Two slots; encodes end one after the other, each freeing the slot that did it.
class VerifyOrderTest : public ::testing::Test {
 protected:
  // Inspections are done at once.
  void take(const Actions& actions) {
    for (const auto& action : actions) {
      const auto* run = std::get_if<plan::Run>(&action);
      if (run == nullptr) continue;
      if (run->step == Step::inspect) take(batch.inspected(run->run, {.cost = 1}));
      else running[run->job] = *run;
    }
  }
  void add(JobId id) { take(batch.add({.id = id, .size = 1})); }
  void encoded(JobId id, int worker) {
    batch.worker_is_free(worker);
    take(batch.encoded(running.at(id).run, worker));
  }
  void verified(JobId id, int worker) {
    batch.worker_is_free(worker);
    take(batch.verified(running.at(id).run));
  }
  Step step(JobId id) { return running.at(id).step; }

  Scheduler batch{{.slots = 2, .order = Order::first_in_first_out}};
  std::map<JobId, plan::Run> running;
};

TEST_F(VerifyOrderTest, ASlotEncodesOnInsteadOfVerifyingItsOwn) {
  for (JobId id = 1; id <= 5; ++id) add(id);
  encoded(1, 0);
  EXPECT_EQ(step(1), Step::encode);  // waits for the other slot...
  EXPECT_EQ(step(3), Step::encode);  // ...while this one goes on
  encoded(2, 1);
  EXPECT_EQ(step(1), Step::verify);
  EXPECT_EQ(running.at(1).avoid_worker, 0);
  EXPECT_FALSE(running.contains(4));
  verified(1, 1);
  EXPECT_EQ(step(2), Step::encode);  // slot 1 made it: still waits for slot 0
  EXPECT_EQ(step(4), Step::encode);
  encoded(3, 0);
  EXPECT_EQ(step(2), Step::verify);
}

TEST_F(VerifyOrderTest, NothingElseToDoMeansVerifyingAtOnce) {
  add(1);
  encoded(1, 0);
  EXPECT_EQ(step(1), Step::verify);
}

TEST_F(VerifyOrderTest, OutputsDoNotPileUpBehindOneLongEncode) {
  for (JobId id = 1; id <= 9; ++id) add(id);
  // Slot 1 encodes job 2 for ever.
  for (const JobId id : {1, 3, 4, 5}) {
    EXPECT_EQ(step(1), Step::encode);
    encoded(id, 0);
  }
  EXPECT_EQ(step(1), Step::verify);
}

}  // namespace
}  // namespace hevcpool::plan
