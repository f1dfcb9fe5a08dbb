// SPDX-License-Identifier: GPL-2.0-or-later
// kill -9 of the program, its supervisor or a worker at random moments of a batch: no orphan, no partial output, no
// lost or changed source. HEVCPOOL_KILL_ROUNDS sets the number of rounds, HEVCPOOL_KILL_SEED the moments.
#include "e2e/running.h"
#include "e2e/stage.h"

#include <gmock/gmock.h>
#include <signal.h>

#include <cstdlib>
#include <random>
#include <string>

namespace hevcpool::e2e {
namespace {

unsigned number(const char* name, unsigned fallback) {
  const char* text = std::getenv(name);
  return text ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : fallback;
}

enum class Victim { host, supervisor, worker };

void kill_one(const Running& program, Victim victim, unsigned pick) {
  pid_t pid = program.pid();
  if (victim == Victim::supervisor) pid = program.supervisor();
  if (victim == Victim::worker) {
    const auto workers = program.workers();
    pid = workers.empty() ? 0 : workers[pick % workers.size()];
  }
  if (pid > 0) ::kill(pid, SIGKILL);
}

std::vector<std::string> batch(const Stage& stage) {
  return {"encode", "-j", "2", "--preset", "ultrafast", "--json", stage.in(), "-o", stage.out()};
}

// What is under its final name is complete; nothing else is there.
void expect_whole_outputs(const Stage& stage) {
  for (const std::string& name : Stage::files(stage.out())) {
    const std::string source = decoded(stage.in() + "/" + name);
    EXPECT_EQ(decoded(stage.out() + "/" + name), "hevc" + source.substr(source.find(','))) << name;
  }
}

TEST(KillTest, NothingIsLostAndNothingStays) {
  const unsigned rounds = number("HEVCPOOL_KILL_ROUNDS", 9), seed = number("HEVCPOOL_KILL_SEED", 1);
  std::mt19937 random(seed);
  const Stage reference(3);
  const auto sources = reference.sources();
  for (unsigned round = 0; round < rounds; ++round) {
    SCOPED_TRACE("round " + std::to_string(round) + " of seed " + std::to_string(seed));
    const Stage stage(3);
    const auto victim = static_cast<Victim>(round % 3);
    Running program(batch(stage));
    program.watch(std::chrono::milliseconds(random() % 1500));
    kill_one(program, victim, static_cast<unsigned>(random()));
    const End end = program.wait();
    EXPECT_FALSE(end.hung);
    EXPECT_EQ(orphans(), 0);
    EXPECT_EQ(stage.sources(), sources);
    expect_whole_outputs(stage);
    Running again(batch(stage));
    EXPECT_EQ(again.wait().exit_code, 0) << again.err();
    EXPECT_EQ(Stage::files(stage.out()), Stage::files(stage.in()));
  }
}

TEST(KillTest, ADeadWorkerCostsARetryOnly) {
  const Stage stage(2);
  Running program(batch(stage));
  ASSERT_TRUE(program.wait_for("\"progress\""));
  kill_one(program, Victim::worker, 0);
  EXPECT_EQ(program.wait().exit_code, 0) << program.err();
  EXPECT_THAT(program.out(), testing::HasSubstr("\"attempts\":2"));
  EXPECT_EQ(orphans(), 0);
}

}  // namespace
}  // namespace hevcpool::e2e
