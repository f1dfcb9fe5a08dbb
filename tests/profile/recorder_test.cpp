// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/recorder.h"
#include "profile/task_profile.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

namespace hevcpool::profile {
namespace {

void use_cpu(Nanoseconds time) {
  const Nanoseconds until = thread_cpu_now() + time;
  while (thread_cpu_now() < until) {
  }
}

Nanoseconds cpu_of_all(const Recorder& recorder) {
  Nanoseconds sum = 0;
  for (std::size_t n = 0; n < kStages; ++n) sum += recorder.total(static_cast<Stage>(n)).cpu;
  return sum;
}

TEST(RecorderTest, WithoutARecordingAScopeDoesNothing) {
  EXPECT_EQ(Recorder::current(), nullptr);
  const Scope scope(Stage::decode);
  EXPECT_EQ(Recorder::current(), nullptr);
}

TEST(RecorderTest, InnerStagesAreNotCountedTwice) {
  Recorder recorder({});
  {
    const Recording recording(recorder);
    const Scope mux(Stage::mux);
    use_cpu(2'000'000);
    {
      const Scope write(Stage::write);
      use_cpu(6'000'000);
    }
    use_cpu(2'000'000);
  }
  recorder.stop();
  EXPECT_GE(recorder.total(Stage::mux).cpu, 4'000'000);
  EXPECT_LT(recorder.total(Stage::mux).cpu, 6'000'000);
  EXPECT_GE(recorder.total(Stage::write).cpu, 6'000'000);
  EXPECT_EQ(recorder.total(Stage::mux).calls.count(), 1U);
  EXPECT_EQ(recorder.total(Stage::write).calls.count(), 1U);
}

TEST(RecorderTest, StagesAddUpToTheThreadExactly) {
  Recorder recorder({});
  const Recording recording(recorder);
  for (int n = 0; n < 200; ++n) {
    const Scope demux(Stage::demux);
    const Scope read(Stage::read);
    use_cpu(10'000);
  }
  recorder.stop();
  // Others there are none: a moment between the readings of two clocks.
  EXPECT_EQ(cpu_of_all(recorder), recorder.ended().cpu - recorder.begun().cpu + recorder.cpu_of_others());
  EXPECT_LT(recorder.cpu_of_others(), 1'000'000);
}

TEST(RecorderTest, AnotherThreadIsNotRecorded) {
  Recorder recorder({});
  const Recording recording(recorder);
  std::thread([] { const Scope scope(Stage::decode); }).join();
  recorder.stop();
  EXPECT_EQ(recorder.total(Stage::decode).calls.count(), 0U);
}

TEST(RecorderTest, ASlowedStageTakesLonger) {
  RecorderOptions options;
  options.slow = Stage::filter;
  options.slow_by = 3'000'000;
  Recorder recorder(options);
  const Recording recording(recorder);
  for (int n = 0; n < 5; ++n) const Scope scope(Stage::filter);
  recorder.stop();
  EXPECT_GE(recorder.total(Stage::filter).cpu, 15'000'000);
}

TEST(RecorderTest, EachPassHasItsOwnTimeAndFrames) {
  TaskProfile profile({});
  Recorder& recorder = *Recorder::current();
  const auto work = [&](int pass, Nanoseconds time, int frames) {
    recorder.begin_pass(pass);
    const Scope decode(Stage::decode);
    use_cpu(time);
    for (int n = 0; n < frames; ++n) recorder.add_frame({.x265 = {.bits = 100}, .pass = pass});
  };
  work(1, 10'000'000, 3);
  std::thread([] { use_cpu(20'000'000); }).join();  // as a decoder's thread
  work(2, 30'000'000, 2);
  const auto task = nlohmann::json::parse(profile.finish());
  ASSERT_EQ(task["passes"].size(), 2U);
  const auto& first = task["passes"][0];
  const auto& second = task["passes"][1];
  EXPECT_EQ(first["number"], 1);
  EXPECT_EQ(first["frames"], 3);
  EXPECT_EQ(second["frames"], 2);
  EXPECT_EQ(second["bits"], 200);
  EXPECT_NEAR(first["cpu"]["decode"].get<double>(), 0.03, 0.008);
  EXPECT_NEAR(second["cpu"]["decode"].get<double>(), 0.03, 0.008);
  EXPECT_NEAR(first["wall"].get<double>() + second["wall"].get<double>(), task["wall"].get<double>(), 1e-5);
  EXPECT_EQ(task["frames"]["pass"], nlohmann::json({1, 1, 1, 2, 2}));
}

TEST(RecorderTest, TheClockOfAnotherThreadIsReadable) {
  Nanoseconds seen = 0;
  pid_t thread = 0;
  std::atomic<bool> ready = false, end = false;
  std::thread worker([&] {
    thread = ::gettid();
    use_cpu(5'000'000);
    ready = true;
    ready.notify_one();
    end.wait(false);
  });
  ready.wait(false);
  seen = cpu_of_thread(thread);
  const auto all = threads_of_process();
  end = true;
  end.notify_one();
  worker.join();
  EXPECT_GE(seen, 5'000'000);
  EXPECT_NE(std::ranges::find(all, thread), all.end());
}

TEST(TaskProfileTest, TheTextHoldsStagesThatAddUp) {
  TaskProfile profile({});
  {
    const Scope decode(Stage::decode);
    use_cpu(20'000'000);
  }
  const auto json = nlohmann::json::parse(profile.finish());
  double sum = 0;
  for (const auto& stage : json["stages"]) sum += stage["cpu"].get<double>();
  EXPECT_NEAR(sum, json["cpu"].get<double>(), 0.02 * json["cpu"].get<double>());
  EXPECT_EQ(Recorder::current(), nullptr);
}

}  // namespace
}  // namespace hevcpool::profile
