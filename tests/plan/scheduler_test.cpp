// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/schedule/scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <random>
#include <string>

namespace hevcpool::plan {
namespace {

using ::testing::ElementsAre;

char letter(Step step) { return step == Step::inspect ? 'i' : step == Step::encode ? 'e' : 'v'; }

// Collects what the batch wants done, and checks what must hold at every moment.
class Runner {
 public:
  explicit Runner(Limits limits) : limits_(limits), batch(limits) {}

  void take(const Actions& actions) {
    for (const auto& action : actions) std::visit([this](const auto& what) { note(what); }, action);
    unsigned slots = 0;
    double memory = 0;
    for (const auto& [id, run] : running) {
      if (run.step != Step::encode) {
        ++slots;
        continue;
      }
      slots += estimates[run.job].threads;
      memory += estimates[run.job].memory;
    }
    EXPECT_LE(slots, limits_.slots);
    if (limits_.memory > 0 && running.size() > 1) {
      EXPECT_LE(memory, limits_.memory);
    }
  }

  void add(JobId id, double cost, unsigned retries = 0) {
    estimates[id].cost = cost;
    take(batch.add({.id = id, .size = cost, .retries = retries}));
  }

  // Ends the oldest run of the job well.
  void succeed(JobId id, int worker = 0) { succeed_run(find(id), worker); }
  void succeed_run(Run run, int worker = 0) {  // a copy: it may be in `running`
    running.erase(run.run);
    switch (run.step) {
      case Step::inspect: return take(batch.inspected(run.run, estimates[run.job]));
      case Step::encode: return take(batch.encoded(run.run, worker));
      case Step::verify: return take(batch.verified(run.run));
      default: ADD_FAILURE() << "no film is cut here";
    }
  }
  void fail(JobId id, bool died) {
    auto run = find(id);
    running.erase(run.run);
    take(batch.failed(run.run, died));
  }
  Run find(JobId id) const {
    for (const auto& [run_id, run] : running)
      if (run.job == id) return run;
    ADD_FAILURE() << "job " << id << " is not running";
    return {};
  }
  // "1i 2e": what runs, job and step.
  std::string now() const {
    std::string text;
    for (const auto& [id, run] : running)
      text += (text.empty() ? "" : " ") + std::to_string(run.job) + letter(run.step);
    return text;
  }

 private:
  void note(const Run& run) {
    EXPECT_TRUE(running.emplace(run.run, run).second);
    history.push_back(run);
  }
  void note(const MoveEnd&) { ADD_FAILURE() << "no film is cut here"; }
  void note(const Discard&) { ADD_FAILURE() << "no film is cut here"; }
  void note(const Stop& stop) { stopped.push_back(stop.run); }
  void note(const Commit& commit) { committing.push_back(commit.job); }
  void note(const Finish& finish) { EXPECT_TRUE(finished.emplace(finish.job, finish.ending).second); }

  Limits limits_;

 public:
  Scheduler batch;
  std::map<JobId, Estimate> estimates;
  std::map<RunId, Run> running;
  std::vector<Run> history;
  std::vector<RunId> stopped;
  std::vector<JobId> committing;
  std::map<JobId, Ending> finished;
};

TEST(SchedulerTest, OneJobGoesThroughEveryStep) {
  Runner runner({.slots = 1});
  runner.add(1, 10);
  EXPECT_EQ(runner.now(), "1i");
  runner.succeed(1);
  EXPECT_EQ(runner.now(), "1e");
  runner.succeed(1, 3);
  EXPECT_EQ(runner.now(), "1v");
  EXPECT_EQ(runner.find(1).avoid_worker, 3);
  runner.succeed(1);
  EXPECT_THAT(runner.committing, ElementsAre(1));
  EXPECT_TRUE(runner.finished.empty());
  runner.take(runner.batch.committed(1, Ending::ok));
  EXPECT_EQ(runner.finished.at(1), Ending::ok);
  EXPECT_EQ(runner.batch.open(), 0U);
}

TEST(SchedulerTest, WithoutVerificationTheCommitFollowsTheEncode) {
  Runner runner({.slots = 1});
  runner.take(runner.batch.add({.id = 1, .verify = false}));
  runner.succeed(1);
  runner.succeed(1);
  EXPECT_THAT(runner.committing, ElementsAre(1));
}

TEST(SchedulerTest, InspectionAloneEndsTheJob) {
  Runner runner({.slots = 1});
  runner.take(runner.batch.add({.id = 1, .inspect_only = true}));
  runner.succeed(1);
  EXPECT_EQ(runner.finished.at(1), Ending::ok);
}

TEST(SchedulerTest, TheLongestGoesFirstWhateverTheOrderOfSubmission) {
  Runner runner({.slots = 1});
  for (JobId id = 1; id <= 4; ++id) runner.add(id, static_cast<double>(id));
  while (runner.now().ends_with('i')) runner.succeed_run(runner.running.begin()->second);
  EXPECT_EQ(runner.now(), "4e");
  runner.succeed(4);
  EXPECT_EQ(runner.now(), "4v");  // what is nearest to its end goes before new work
  runner.succeed(4);
  EXPECT_EQ(runner.now(), "3e");
}

TEST(SchedulerTest, FirstInFirstOutKeepsTheOrderOfSubmission) {
  Runner runner({.slots = 1, .order = Order::first_in_first_out});
  for (JobId id = 1; id <= 3; ++id) runner.add(id, static_cast<double>(id));
  while (runner.now().ends_with('i')) runner.succeed_run(runner.running.begin()->second);
  EXPECT_EQ(runner.now(), "1e");
}

TEST(SchedulerTest, InspectionStopsAheadOfTheEncodersAndGoesOnAsTheyCatchUp) {
  Runner runner({.slots = 1});
  for (JobId id = 1; id <= 100; ++id) runner.add(id, 1);
  while (runner.now().ends_with('i')) runner.succeed_run(runner.running.begin()->second);
  auto inspected = runner.history.size() - 1;
  EXPECT_EQ(inspected, 64U);
  runner.succeed_run(runner.running.begin()->second);
  EXPECT_TRUE(runner.now().ends_with('v'));
  runner.succeed_run(runner.running.begin()->second);
  EXPECT_TRUE(runner.now().ends_with('i'));
}

TEST(SchedulerTest, ADeadWorkerCostsARetryAndThenTheJob) {
  Runner runner({.slots = 1});
  runner.add(1, 1, 2);
  runner.succeed(1);
  runner.fail(1, true);
  EXPECT_EQ(runner.now(), "1e");
  EXPECT_EQ(runner.find(1).attempt, 2U);
  runner.fail(1, true);
  EXPECT_EQ(runner.find(1).attempt, 3U);
  runner.fail(1, true);
  EXPECT_EQ(runner.finished.at(1), Ending::failed);
}

TEST(SchedulerTest, AnErrorOfTheTaskIsNotRetried) {
  Runner runner({.slots = 1});
  runner.add(1, 1, 5);
  runner.succeed(1);
  runner.fail(1, false);
  EXPECT_EQ(runner.finished.at(1), Ending::failed);
}

TEST(SchedulerTest, AVerifierThatDiesDoesNotCostTheEncode) {
  Runner runner({.slots = 1});
  runner.add(1, 1, 1);
  runner.succeed(1);
  runner.succeed(1, 4);
  runner.fail(1, true);
  EXPECT_EQ(runner.now(), "1v");
  EXPECT_EQ(runner.find(1).avoid_worker, 4);
}

TEST(SchedulerTest, AFailureDoesNotStopTheOthers) {
  Runner runner({.slots = 2});
  runner.add(1, 1);
  runner.add(2, 1);
  runner.fail(1, false);
  runner.succeed(2);
  EXPECT_EQ(runner.now(), "2e");
}

TEST(SchedulerTest, ASkippedJobFreesItsSlot) {
  Runner runner({.slots = 1});
  runner.add(1, 2);
  runner.add(2, 1);
  auto run = runner.find(1);
  runner.running.erase(run.run);
  runner.take(runner.batch.skip(run.run));
  EXPECT_EQ(runner.finished.at(1), Ending::skipped);
  EXPECT_EQ(runner.now(), "2i");
}

TEST(SchedulerTest, CancellingAWaitingJobEndsItAtOnce) {
  Runner runner({.slots = 1});
  runner.add(1, 2);
  runner.add(2, 1);
  runner.take(runner.batch.cancel(2));
  EXPECT_EQ(runner.finished.at(2), Ending::cancelled);
  runner.succeed(1);
  EXPECT_EQ(runner.now(), "1e");
}

TEST(SchedulerTest, CancellingARunningJobStopsItAndEndsItWithTheRun) {
  Runner runner({.slots = 1});
  runner.add(1, 2);
  auto run = runner.find(1).run;
  runner.take(runner.batch.cancel(1));
  runner.take(runner.batch.cancel(1));
  EXPECT_THAT(runner.stopped, ElementsAre(run));
  EXPECT_TRUE(runner.finished.empty());
  runner.fail(1, true);
  EXPECT_EQ(runner.finished.at(1), Ending::cancelled);
}

TEST(SchedulerTest, ARunThatEndsWellAfterItsCancellationIsCancelledToo) {
  Runner runner({.slots = 1});
  runner.add(1, 2);
  runner.succeed(1);
  runner.take(runner.batch.cancel(1));
  runner.succeed(1);
  EXPECT_EQ(runner.finished.at(1), Ending::cancelled);
  EXPECT_TRUE(runner.committing.empty());
}

TEST(SchedulerTest, ACommitThatHasBegunIsNotCancelled) {
  Runner runner({.slots = 1});
  runner.add(1, 2);
  for (int step = 0; step < 3; ++step) runner.succeed(1);
  runner.take(runner.batch.cancel(1));
  EXPECT_TRUE(runner.finished.empty());
  runner.take(runner.batch.committed(1, Ending::ok));
  EXPECT_EQ(runner.finished.at(1), Ending::ok);
}

TEST(SchedulerTest, CancelAllLeavesOnlyRunsThatMustEnd) {
  Runner runner({.slots = 2});
  for (JobId id = 1; id <= 5; ++id) runner.add(id, 1);
  runner.take(runner.batch.cancel_all());
  EXPECT_EQ(runner.finished.size(), 3U);
  EXPECT_EQ(runner.stopped.size(), 2U);
  EXPECT_EQ(runner.batch.open(), 2U);
  while (!runner.running.empty()) runner.fail(runner.running.begin()->second.job, true);
  EXPECT_EQ(runner.batch.open(), 0U);
}

TEST(SchedulerTest, ThreadsOfAnEncodeTakeThatManySlots) {
  Runner runner({.slots = 4});
  runner.estimates[1].threads = 3;
  runner.estimates[2].threads = 2;
  runner.add(1, 10);
  runner.add(2, 5);
  runner.add(3, 1);
  for (JobId id = 1; id <= 3; ++id) runner.succeed(id);
  EXPECT_EQ(runner.now(), "1e");  // 2 needs two slots and 3 does not pass it
  runner.succeed(1);
  EXPECT_EQ(runner.now(), "1v 2e 3e");
}

TEST(SchedulerTest, AJobThatFitsNowhereRunsAlone) {
  Runner runner({.slots = 2, .memory = 100});
  runner.estimates[1].memory = 500;
  runner.estimates[2].memory = 60;
  runner.estimates[3].memory = 60;
  for (JobId id = 1; id <= 3; ++id) runner.add(id, static_cast<double>(id));
  for (JobId id = 1; id <= 3; ++id) runner.succeed(id);
  EXPECT_EQ(runner.now(), "2e");  // 3 does not fit beside it
  runner.succeed(2);
  EXPECT_EQ(runner.now(), "2v 3e");
  runner.succeed(2);
  runner.succeed(3);
  EXPECT_EQ(runner.now(), "3v");  // 1 does not even fit beside a verification
  runner.succeed(3);
  EXPECT_EQ(runner.now(), "1e");
}

TEST(SchedulerTest, EventsOfUnknownRunsChangeNothing) {
  Scheduler batch({.slots = 1});
  EXPECT_TRUE(batch.failed(7, true).empty());
  EXPECT_TRUE(batch.verified(7).empty());
  EXPECT_TRUE(batch.committed(7, Ending::ok).empty());
  EXPECT_TRUE(batch.cancel(7).empty());
}

// Whatever happens in whatever order, every job ends exactly once and no slot is lost.
TEST(SchedulerTest, EveryJobEndsOnceWhateverHappens) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    std::mt19937 random(seed);
    auto draw = [&](int below) { return static_cast<int>(random() % static_cast<unsigned>(below)); };
    auto slots = static_cast<unsigned>(1 + draw(4));
    Runner runner({.slots = slots, .memory = draw(2) ? 100.0 : 0.0});
    JobId last = 0;
    for (int step = 0; step < 400 || runner.batch.open() > 0; ++step) {
      int what = draw(10);
      if (last < 20 && what < 2) {
        ++last;
        auto threads = static_cast<unsigned>(1 + draw(static_cast<int>(slots)));
        runner.estimates[last] = {.memory = static_cast<double>(draw(150)), .threads = threads};
        runner.add(last, draw(100), static_cast<unsigned>(draw(3)));
      } else if (what == 2 && last > 0 && draw(4) == 0) {
        runner.take(runner.batch.cancel(1 + random() % last));
      } else if (what == 3 && !runner.committing.empty()) {
        auto job = runner.committing.back();
        runner.committing.pop_back();
        runner.take(runner.batch.committed(job, draw(2) ? Ending::ok : Ending::failed));
      } else if (!runner.running.empty()) {
        auto run = std::next(runner.running.begin(), draw(static_cast<int>(runner.running.size())))->second;
        if (what < 8) runner.succeed_run(run);
        else runner.fail(run.job, draw(2) == 0);
      } else if (!runner.committing.empty()) {
        auto job = runner.committing.back();
        runner.committing.pop_back();
        runner.take(runner.batch.committed(job, Ending::ok));
      }
      ASSERT_LT(step, 100'000) << "seed " << seed;
    }
    EXPECT_EQ(runner.finished.size(), last);
    EXPECT_EQ(runner.batch.running(), 0U);
  }
}

}  // namespace
}  // namespace hevcpool::plan
