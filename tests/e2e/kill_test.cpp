// SPDX-License-Identifier: GPL-2.0-or-later
// kill -9 of the program, its supervisor or a worker at random moments of a batch with a film in pieces: no orphan, no
// partial output, no lost or changed source, and after the next run every byte is as if nothing had happened.
// HEVCPOOL_KILL_ROUNDS sets the number of rounds, HEVCPOOL_KILL_SEED the moments.
#include "e2e/running.h"
#include "e2e/stage.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace hevcpool::e2e {
namespace {

using Files = std::map<std::string, std::string>;  // name → contents

unsigned number(const char* name, unsigned fallback) {
  const char* text = std::getenv(name);
  return text ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : fallback;
}

enum class Victim { host, supervisor, worker };
constexpr std::array kVictims = {"host", "supervisor", "worker"};

// False when there was nobody to kill any more, or not yet.
bool kill_one(const Running& program, Victim victim, unsigned pick) {
  pid_t pid = program.pid();
  if (victim == Victim::supervisor) pid = program.supervisor();
  if (victim == Victim::worker) {
    const auto workers = program.workers();
    pid = workers.empty() ? 0 : workers[pick % workers.size()];
  }
  return pid > 0 && ::kill(pid, SIGKILL) == 0;
}

// `--split` fixes the cuts, so that the bytes depend on nothing else.
std::vector<std::string> batch(const Stage& stage) {
  return {"encode", "-j", "2", "--preset", "ultrafast", "--split", "2", "--json", stage.in(), "-o", stage.out()};
}

// Long enough to be cut, with a key frame every second.
void add_film(const Stage& stage) {
  const std::string command = fmt::format(
      "ffmpeg -nostdin -v error -f lavfi -i testsrc2=s=160x96:r=24 -t 10 -c:v mpeg4 -g 24 -bitexact '{}/film.mkv'",
      stage.in());
  ASSERT_EQ(std::system(command.c_str()), 0);
}

Files outputs(const Stage& stage) {
  Files all;
  for (const std::string& name : Stage::files(stage.out())) {
    std::ifstream file(stage.out() + "/" + name, std::ios::binary);
    all[name] = {std::istreambuf_iterator<char>(file), {}};
  }
  return all;
}

std::vector<std::string> names_of(const Files& files) {
  std::vector<std::string> names;
  for (const auto& [name, bytes] : files) names.push_back(name);
  return names;
}

// What is under its final name is complete; pieces of the film and temporaries are under names of their own.
void expect_only_whole(const Files& found, const Files& wanted) {
  for (const auto& [name, bytes] : found) {
    if (name.starts_with(".hevcpool/") || (name.starts_with('.') && name.ends_with(".part"))) continue;
    ASSERT_TRUE(wanted.contains(name)) << name;
    EXPECT_TRUE(bytes == wanted.at(name)) << name << " is not whole";
  }
}

class KillTest : public testing::Test {
 protected:
  // One undisturbed run, and how long it takes.
  void measure() {
    const Stage stage(3);
    add_film(stage);
    const auto begin = std::chrono::steady_clock::now();
    Running program(batch(stage));
    ASSERT_EQ(program.wait().exit_code, 0) << program.err();
    length_ = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
    wanted_ = outputs(stage);
    ASSERT_EQ(wanted_.size(), 4u);
  }

  void round(Victim victim) {
    const Stage stage(3);
    add_film(stage);
    const auto sources = stage.sources();
    Running program(batch(stage));
    if (victim != Victim::host) program.wait_for("\"start\"");  // there is nobody else before
    program.watch(std::chrono::milliseconds(random_() % static_cast<unsigned>(length_.count())));
    const bool killed = kill_one(program, victim, static_cast<unsigned>(random_()));
    const End end = program.wait();
    EXPECT_FALSE(end.hung);
    EXPECT_EQ(orphans(), 0);
    EXPECT_EQ(stage.sources(), sources);
    const Files left = outputs(stage);
    expect_only_whole(left, wanted_);
    ++outcomes_[fmt::format("{}{}: {}", kVictims[static_cast<std::size_t>(victim)], killed ? "" : " (nobody there)",
                            end.signal ? "killed" : fmt::format("exit {}", end.exit_code))];
    Running again(batch(stage));
    EXPECT_EQ(again.wait().exit_code, 0) << again.err();
    const Files made = outputs(stage);
    EXPECT_EQ(names_of(made), names_of(wanted_));
    EXPECT_TRUE(made == wanted_) << "the next run's outputs differ";
    EXPECT_EQ(stage.sources(), sources);
    EXPECT_EQ(orphans(), 0);
  }

  std::mt19937 random_{number("HEVCPOOL_KILL_SEED", 1)};
  std::chrono::milliseconds length_{};
  Files wanted_;
  std::map<std::string, unsigned> outcomes_;
};

TEST_F(KillTest, NothingIsLostAndTheNextRunIsAsIfNothingHadHappened) {
  const unsigned rounds = number("HEVCPOOL_KILL_ROUNDS", 9);
  ASSERT_NO_FATAL_FAILURE(measure());
  for (unsigned n = 0; n < rounds && !HasFailure(); ++n) {
    SCOPED_TRACE("round " + std::to_string(n));
    round(static_cast<Victim>(n % 3));
  }
  std::cout << fmt::format("{} rounds, undisturbed run {} ms\n", rounds, length_.count());
  for (const auto& [outcome, count] : outcomes_) std::cout << fmt::format("{:6}  {}\n", count, outcome);
}

// Killed between giving the output its name and removing the film's pieces.
TEST_F(KillTest, PiecesOfAFilmThatIsCompleteAreForgotten) {
  ASSERT_NO_FATAL_FAILURE(measure());
  const Stage stage(3);
  add_film(stage);
  Running program(batch(stage));
  const auto has_piece = [&] {
    const auto names = Stage::files(stage.out());
    return std::ranges::any_of(names, [](const std::string& name) { return name.ends_with(".seg"); });
  };
  for (int i = 0; i < 3000 && !has_piece(); ++i) program.watch(std::chrono::milliseconds(10));
  kill_one(program, Victim::host, 0);
  program.wait();
  ASSERT_EQ(orphans(), 0);
  ASSERT_TRUE(has_piece());
  const auto film = wanted_.lower_bound("film.");
  std::ofstream(stage.out() + "/" + film->first, std::ios::binary) << film->second;
  Running again(batch(stage));
  EXPECT_EQ(again.wait().exit_code, 0) << again.err();
  EXPECT_THAT(Stage::files(stage.out()), testing::UnorderedElementsAreArray(names_of(wanted_)));
}

// Slow enough that every worker is at work when the first one reports.
TEST_F(KillTest, ADeadWorkerCostsARetryOnly) {
  const Stage stage(0);
  add_film(stage);
  auto words = batch(stage);
  words[4] = "slower";
  Running program(words);
  ASSERT_TRUE(program.wait_for("\"progress\""));
  kill_one(program, Victim::worker, 0);
  EXPECT_EQ(program.wait().exit_code, 0) << program.err();
  EXPECT_THAT(program.out(), testing::HasSubstr("\"attempts\":2"));
  EXPECT_EQ(orphans(), 0);
}

}  // namespace
}  // namespace hevcpool::e2e
