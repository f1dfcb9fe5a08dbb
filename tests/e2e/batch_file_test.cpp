// SPDX-License-Identifier: GPL-2.0-or-later
// `hevcpool batch`: job files checked whole, run, gone on with.
#include "e2e/task_stage.h"

#include <filesystem>
#include <signal.h>

namespace hevcpool::e2e {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

class BatchFileTest : public TaskStageTest {
 protected:
  int run(std::vector<std::string> arguments) { return TaskStageTest::run(as_batch(std::move(arguments))); }
  void expect_refusal(std::vector<std::string> arguments, const std::string& reason) {
    TaskStageTest::expect_refusal(as_batch(std::move(arguments)), reason);
  }
  // Writes a job file and returns its name.
  std::string jobs(const std::vector<json>& requests, const std::string& name = "jobs.jsonl") {
    std::string text;
    for (const json& each : requests) text += each.dump() + "\n";
    return stage.folder().file(name, text);
  }

 private:
  static std::vector<std::string> as_batch(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "batch");
    return arguments;
  }
};

TEST_F(BatchFileTest, NoJobMakesWhatAnotherReads) {
  const json clip = {{"task", "clip"}, {"input", a}, {"output", b}, {"duration", 0.5}, {"overwrite", "always"}};
  const std::string file = jobs({clip, {{"task", "probe"}, {"input", stage / "in/../in/clip-2.mp4"}}});
  expect_refusal({file}, "jobs.jsonl: line 1: output: " + file + ": line 2 reads \"" + b + "\"");
}

TEST_F(BatchFileTest, OneOutputIsOneHoweverItIsSpelt) {
  const auto picture = [&](const std::string& input, const std::string& output) {
    return json{{"task", "thumbnail"}, {"input", input}, {"at", {"0"}}, {"outputs", {output}}};
  };
  for (const char* spelling : {"q.jpg", "./q.jpg", "none/../q.jpg"})
    expect_refusal({jobs({picture(a, stage / "q.jpg"), picture(b, stage / spelling)})}, "line 2: output: ");
  const std::string other = jobs({picture(b, stage / "./q.jpg")}, "other.jsonl");
  expect_refusal({jobs({picture(a, stage / "q.jpg")}), other}, "other.jsonl: line 1: output: ");
}

TEST_F(BatchFileTest, WhatFailedCanBeFedBackWhateverItsName) {
  const std::string name = stage / "x\xff.mp4";
  stage.folder().file("x\xff.mp4", "no media");
  const std::string list = stage.folder().file("list", name + "\n");
  EXPECT_EQ(run({list, "--task", "thumbnail", "--failed", stage / "failed.jsonl"}), 1) << err;
  EXPECT_FALSE(fs::exists(stage / "x\xff.thumb.jpg"));
  fs::copy_file(a, name, fs::copy_options::overwrite_existing);
  EXPECT_EQ(run({stage / "failed.jsonl", "--failed", stage / "again.jsonl"}), 0) << err;
  EXPECT_TRUE(fs::exists(stage / "x\xff.thumb.jpg"));
  EXPECT_EQ(contents(stage / "again.jsonl"), "");
}

TEST_F(BatchFileTest, LimitsAreForAllJobs) {
  const std::string file = jobs({{{"task", "clip"}, {"input", a}, {"mode", "exact"}, {"preset", "veryslow"}},
                                 {{"task", "probe"}, {"input", b}, {"timeout", 0}}});
  EXPECT_EQ(run({file, "--timeout", "0.01", "--retries", "0", "--json"}), 1) << err;
  for (const json& event : events(out)) {
    if (event["event"] != "done") continue;
    EXPECT_EQ(event["status"], event["task"] == "clip" ? "failed" : "ok") << event;
    EXPECT_EQ(event["error"].is_null() ? "" : event["error"]["code"], event["task"] == "clip" ? "timeout" : "") << event;
  }
}

TEST_F(BatchFileTest, DefaultsFromToml) {
  const std::string list = stage.folder().file("list", a + "\n" + b + "\n");
  const std::string good = stage.folder().file("good.toml", "[thumbnail]\nat = [\"10%\", \"50%\"] # two\n");
  EXPECT_EQ(run({list, "--task", "thumbnail", "--defaults", good}), 0) << err;
  EXPECT_TRUE(fs::exists(stage / "in/clip-2.thumb-2.jpg"));
  const std::string bad = stage.folder().file("bad.toml", "# nothing\n[thumbnail]\nat = 5\n");
  expect_refusal({list, "--task", "thumbnail", "--defaults", bad}, "bad.toml: line 3: thumbnail.at: must be a list");
}

TEST_F(BatchFileTest, ResumingMakesWhatIsGoneAndSaysWhenNothingIs) {
  const std::string list = stage.folder().file("list", a + "\n" + b + "\n");
  const std::vector<std::string> arguments{list, "--task", "thumbnail", "--results", stage / "done.jsonl", "--resume"};
  EXPECT_EQ(run(arguments), 0) << err;
  EXPECT_EQ(run(arguments), 0) << err;
  EXPECT_THAT(err, HasSubstr("everything is done already"));
  fs::remove(stage / "in/clip-1.thumb.jpg");
  EXPECT_EQ(run(arguments), 0) << err;
  EXPECT_TRUE(fs::exists(stage / "in/clip-1.thumb.jpg"));
  EXPECT_THAT(out, HasSubstr("[1/1]"));
}

TEST_F(BatchFileTest, ReportsWriteOverNothingThatIsRead) {
  const std::string file = jobs({{{"task", "probe"}, {"input", a}}});
  const std::string defaults = stage.folder().file("d.json", "{}");
  expect_refusal({file, "--results", file}, "cannot write '" + file + "'");
  expect_refusal({file, "--joblog", stage / "./jobs.jsonl"}, "jobs.jsonl");
  expect_refusal({file, "--results", stage / "r", "--joblog", stage / "r"}, "two reports");
  expect_refusal({file, "--results", stage / "r", "--failed", stage / "./r"}, "two reports");
  expect_refusal({file, "--defaults", defaults, "--failed", defaults}, "d.json");
  EXPECT_EQ(json::parse(contents(file))["task"], "probe");
}

TEST_F(BatchFileTest, TheListThatIsReadIsReplacedAtTheEnd) {
  const std::string bad = stage.folder().file("bad.mp4", "no media");
  const std::string file = jobs({{{"task", "probe"}, {"input", a}}, {{"task", "probe"}, {"input", bad}}});
  EXPECT_EQ(run({file, "--failed", file}), 1) << err;
  EXPECT_EQ(json::parse(contents(file))["input"], bad);
}

TEST_F(BatchFileTest, SoIsTheListOfAnEncode) {
  const std::string bad = stage.folder().file("bad.mp4", "no media"), text = a + "\n" + bad + "\n";
  const std::string list = stage.folder().file("list", text);
  for (const char* option : {"--joblog", "--report", "--trace"}) {
    Running refused({"encode", "@" + list, option, list});
    EXPECT_EQ(refused.wait().exit_code, 2) << option;
    EXPECT_THAT(refused.err(), HasSubstr("a list that is being read")) << option;
    EXPECT_EQ(contents(list), text) << option;
  }
  Running program({"encode", "@" + list, "--failed", list, "--preset", "ultrafast"});
  EXPECT_EQ(program.wait().exit_code, 1) << program.err();
  EXPECT_EQ(contents(list), bad + "\n");
}

TEST_F(BatchFileTest, AKillLosesNoList) {
  const std::string file = jobs({{{"task", "clip"}, {"input", a}, {"mode", "exact"}, {"preset", "placebo"}},
                                 {{"task", "probe"}, {"input", stage / "none"}}});
  const std::string before = contents(file);
  {
    Running program({"batch", file, "--failed", file});
    ASSERT_TRUE(program.wait_for("failed")) << program.out() << program.err();
    program.send(SIGKILL);
    program.wait();
  }
  EXPECT_EQ(contents(file), before);
  EXPECT_EQ(orphans(), 0);
}

TEST_F(BatchFileTest, ATornLineOfResultsIsEnded) {
  const std::string results = stage.folder().file("r.jsonl", "{\"torn\": ");
  EXPECT_EQ(run({jobs({{{"task", "probe"}, {"input", a}}}), "--results", results}), 0) << err;
  const std::string text = contents(results);
  EXPECT_TRUE(text.starts_with("{\"torn\": \n{")) << text;
  EXPECT_EQ(json::parse(text.substr(text.find('\n')))["status"], "ok");
}

}  // namespace
}  // namespace hevcpool::e2e
