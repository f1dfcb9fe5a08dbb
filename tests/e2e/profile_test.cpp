// SPDX-License-Identifier: GPL-2.0-or-later
// `hevcpool profile`, and the trace and report of `encode`: what they write agrees with itself and with the kernel.
#include "e2e/running.h"
#include "e2e/stage.h"
#include "profile/trace_check.h"

#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace hevcpool::e2e {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

json read(const std::string& path) { return json::parse(text_of(path), nullptr, false); }

// What a page shows.
json data_of(const std::string& page) {
  const std::string mark = "id=\"data\">";
  const auto begin = page.find(mark) + mark.size();
  return json::parse(page.substr(begin, page.find("</script>", begin) - begin), nullptr, false);
}

std::string clip_of(const Stage& stage) { return stage.in() + "/clip-1.mp4"; }

// Several words of a run, with the clip.
std::vector<std::string> profile(const Stage& stage, std::vector<std::string> more) {
  more.insert(more.begin(), {"profile", clip_of(stage), "--preset", "ultrafast"});
  return more;
}

TEST(ProfileTest, StagesAddUpToWhatTheKernelCounts) {
  const Stage stage(1);
  const std::string file = stage / "run.json";
  const Ran ran = run({"profile", clip_of(stage), "--preset", "slow", "--json", file});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("encode"), HasSubstr("lookahead"), HasSubstr("idle"), HasSubstr("x265")));
  const json document = read(file);
  double sum = 0, shares = 0;
  for (const json& each : document["stages"]) sum += each["cpu"].get<double>(), shares += each["share"].get<double>();
  const double kernel = document["cpu_by_kernel"];
  EXPECT_NEAR(sum, kernel, 0.02 * kernel + 0.01);
  EXPECT_NEAR(sum, document["cpu"].get<double>(), 1e-6);
  EXPECT_NEAR(shares, 1, 1e-6);
  const json& frames = document["task"]["frames"];
  ASSERT_EQ(frames["number"].size(), document["frames"].get<std::size_t>());
  double encode = 0;
  for (const json& each : frames["encode"]) encode += each.get<double>();
  for (const json& each : document["stages"])
    if (each["name"] == "encode") {
      EXPECT_NEAR(encode / 1000, each["cpu"].get<double>(), 0.05 * each["cpu"].get<double>());
    }
  EXPECT_EQ(orphans(), 0);
}

TEST(ProfileTest, MeasuringDoesNotChangeTheOutput) {
  const Stage stage(1);
  ASSERT_EQ(run(profile(stage, {"-o", stage / "a.mp4"})).code, 0);
  ASSERT_EQ(run(profile(stage, {"-o", stage / "b.mp4", "--no-measuring"})).code, 0);
  EXPECT_EQ(text_of(stage / "a.mp4"), text_of(stage / "b.mp4"));
  EXPECT_FALSE(text_of(stage / "a.mp4").empty());
}

std::vector<std::string> columns(const json& document) {
  std::vector<std::string> names;
  for (const auto& [name, values] : document["task"]["frames"].items()) names.push_back(name);
  return names;
}

TEST(ProfileTest, TheTimesOfX265AreAskedForByName) {
  const Stage stage(1);
  const Ran cheap = run(profile(stage, {"--json", stage / "a.json", "-o", stage / "a.mp4"}));
  const Ran dear = run(profile(stage, {"--json", stage / "b.json", "-o", stage / "b.mp4", "--x265-stats"}));
  ASSERT_EQ(cheap.code, 0) << cheap.err;
  ASSERT_EQ(dear.code, 0) << dear.err;
  const std::vector<std::string> few = columns(read(stage / "a.json")), many = columns(read(stage / "b.json"));
  EXPECT_THAT(few, IsSupersetOf({"type", "qp", "bits", "latency", "encode", "lookahead", "wait"}));
  for (const char* name : {"decide_wait", "row0_wait", "wall", "ref_wait", "ctu_time", "stall", "avg_wpp"}) {
    EXPECT_THAT(few, Not(Contains(name)));
    EXPECT_THAT(many, Contains(name));
  }
  EXPECT_THAT(cheap.out, Not(HasSubstr("slice decision wait")));
  EXPECT_THAT(dear.out, AllOf(HasSubstr("slice decision wait"), HasSubstr("stall"), HasSubstr("WPP")));
  EXPECT_EQ(text_of(stage / "a.mp4"), text_of(stage / "b.mp4"));
}

TEST(ProfileTest, SeveralThreadsAreSeveralThreads) {
  const Stage stage(1);
  const Ran ran = run(profile(stage, {"--threads", "2", "--x265-stats", "-o", stage / "a.mp4", "--json", stage / "a.json",
                                      "--trace", stage / "t.json"}));
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(text_of(stage / "a.mp4"), AllOf(HasSubstr("numa-pools=2"), Not(HasSubstr("no-wpp"))));
  const json document = read(stage / "a.json");
  double ctu_time = 0;
  for (const json& each : document["task"]["frames"]["ctu_time"]) ctu_time += each.get<double>();
  EXPECT_GT(ctu_time, 0);  // measured with a pool of threads only
  EXPECT_EQ(test::trace_problem(read(stage / "t.json")), "");
}

TEST(ProfileTest, TwoPassesAreToldApart) {
  const Stage stage(1);
  ASSERT_EQ(run(profile(stage, {"--json", stage / "one.json"})).code, 0);
  const Ran ran = run(profile(stage, {"--json", stage / "two.json", "--bitrate", "300k", "--two-pass"}));
  ASSERT_EQ(ran.code, 0) << ran.err;
  const json one = read(stage / "one.json"), two = read(stage / "two.json");
  EXPECT_EQ(two["frames"], one["frames"]);
  EXPECT_EQ(one["task"]["passes"].size(), 1U);
  const json& passes = two["task"]["passes"];
  ASSERT_EQ(passes.size(), 2U);
  double cpu = 0, bits = 0;
  for (const json& pass : passes) {
    EXPECT_EQ(pass["frames"], two["frames"]);
    for (const json& stage_cpu : pass["cpu"]) cpu += stage_cpu.get<double>();
  }
  EXPECT_NEAR(cpu, two["cpu"].get<double>(), 0.01 * two["cpu"].get<double>());
  const json& frames = two["task"]["frames"];
  ASSERT_EQ(frames["pass"].size(), 2 * two["frames"].get<std::size_t>());
  for (std::size_t n = 0; n < frames["pass"].size(); ++n) bits += frames["pass"][n] == 2 ? frames["bits"][n].get<double>() : 0;
  EXPECT_EQ(bits, passes[1]["bits"].get<double>());
  EXPECT_LE(bits / 8, two["bytes_out"].get<double>());
  EXPECT_THAT(ran.out, HasSubstr("pass"));
}

TEST(ProfileTest, WithoutFramesTheStagesStillAddUp) {
  const Stage stage(1);
  const std::string file = stage / "run.json";
  ASSERT_EQ(run({"profile", clip_of(stage), "--preset", "slow", "--no-frames", "--json", file}).code, 0);
  const json document = read(file);
  double sum = 0;
  std::set<std::string> names;
  for (const json& each : document["stages"]) sum += each["cpu"].get<double>(), names.insert(each["name"].get<std::string>());
  EXPECT_NEAR(sum, document["cpu_by_kernel"].get<double>(), 0.02 * document["cpu_by_kernel"].get<double>() + 0.01);
  for (const char* name : {"input", "lookahead", "wait", "encode"}) EXPECT_TRUE(names.contains(name)) << name;
  EXPECT_TRUE(document["task"]["frames"]["number"].empty());
  EXPECT_GT(document["frames"].get<int>(), 0);
}

TEST(ProfileTest, TheTraceIsOne) {
  const Stage stage(1);
  ASSERT_EQ(run(profile(stage, {"--trace", stage / "t.json"})).code, 0);
  const json events = read(stage / "t.json");
  EXPECT_EQ(test::trace_problem(events), "");
  std::set<std::string> names;
  for (const json& event : events) names.insert(event["name"].get<std::string>());
  for (const char* name : {"demux", "decode", "input", "mux", "write", "encode clip-1.mp4", "thread_name"}) EXPECT_TRUE(names.contains(name)) << name;
}

TEST(ProfileTest, ASlowedStageIsRankedFirst) {
  const Stage stage(1);
  ASSERT_EQ(run(profile(stage, {"--json", stage / "a.json", "--label", "before"})).code, 0);
  ASSERT_EQ(run(profile(stage, {"--json", stage / "b.json", "--label", "after", "--slow-stage", "demux:20000"})).code, 0);
  const Ran compared = run({"profile", stage / "a.json", stage / "b.json", "--html", stage / "c.html"});
  ASSERT_EQ(compared.code, 0) << compared.err;
  const auto heading = compared.out.find("after against before");
  ASSERT_NE(heading, std::string::npos) << compared.out;
  const auto columns = compared.out.find('\n', heading) + 1, first = compared.out.find('\n', columns) + 1;
  EXPECT_TRUE(compared.out.substr(first).starts_with("demux")) << compared.out;
  const json shown = data_of(text_of(stage / "c.html"));
  EXPECT_EQ(shown["runs"], json::array({read(stage / "a.json"), read(stage / "b.json")}));
  // Alone, it is the first by its share.
  const Ran alone = run({"profile", stage / "b.json"});
  EXPECT_LT(alone.out.find("\ndemux"), alone.out.find("\nencode")) << alone.out;
}

TEST(ProfileTest, ThePageHoldsTheNumbersOfTheFileAndNamesNoOtherPlace) {
  const Stage stage(1);
  ASSERT_EQ(run(profile(stage, {"--json", stage / "a.json", "--html", stage / "a.html", "--ssim"})).code, 0);
  const std::string page = text_of(stage / "a.html");
  EXPECT_EQ(data_of(page)["runs"][0], read(stage / "a.json"));
  EXPECT_GT(read(stage / "a.json")["ssim"].get<double>(), 0.5);
  for (const char* foreign : {"src=\"http", "href=\"http", "url(http", "@import", "fetch("}) EXPECT_EQ(page.find(foreign), std::string::npos) << foreign;
}

TEST(ProfileTest, ASweepMarksTheFront) {
  const Stage stage(1);
  const Ran ran = run({"profile", clip_of(stage), "--duration", "1", "--sweep", "preset=ultrafast,superfast", "--sweep", "crf=20,40",
                       "--html", stage / "s.html", "--json", stage / "s.json"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("preset=superfast crf=40"), HasSubstr("*")));
  const json shown = data_of(text_of(stage / "s.html"));
  ASSERT_EQ(shown["runs"].size(), 4U);
  EXPECT_EQ(shown["front"].size(), 4U);
  EXPECT_GT(shown["runs"][0]["bytes_out"], shown["runs"][1]["bytes_out"]);
  EXPECT_EQ(run({"profile", stage / "s.json"}).code, 0);
}

TEST(ProfileTest, TheFlameGraphNamesLibraries) {
#ifdef HEVCPOOL_SANITIZER
  GTEST_SKIP() << "a sanitizer's functions may not be called from the handler that samples the stacks";
#endif
  const Stage stage(1);
  ASSERT_EQ(run({"profile", clip_of(stage), "--preset", "slow", "--flame", stage / "f.svg"}).code, 0);
  EXPECT_THAT(text_of(stage / "f.svg"), AllOf(HasSubstr("<svg"), HasSubstr("libx265"), HasSubstr("</svg>")));
  EXPECT_THAT(text_of(stage / "f.svg.folded"), HasSubstr("libx265"));
}

TEST(ProfileTest, MistakesAreUsageErrors) {
  const Stage stage(1);
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"profile"}, {"profile", "a.mp4", "b.mp4"}, {"profile", "a.mp4", "b.json"}, {"profile", stage / "missing.json"},
           {"profile", clip_of(stage), "--sweep", "preset"}, {"profile", clip_of(stage), "--sweep", "nonsense=1"},
           {"profile", clip_of(stage), "--preset", "quick"}})
    EXPECT_EQ(run(words).code, 2) << words.back();
  EXPECT_EQ(run({"profile", stage / "missing.mp4"}).code, 1);
}

TEST(ProfileTest, ABatchHasATraceAndAReport) {
  const Stage stage(2);
  stage.folder().file("in/broken.mp4", "no video");
  const Ran ran = run({"encode", "--preset", "ultrafast", "-j", "2", stage.in(), "-o", stage.out(), "--trace", stage / "t.json",
                       "--report", stage / "r.html"});
  EXPECT_EQ(ran.code, 1);
  const json events = read(stage / "t.json");
  EXPECT_EQ(test::trace_problem(events), "");
  std::set<int> tracks;
  int counts = 0;
  for (const json& event : events) {
    if (event["ph"] == "X" && event["cat"] == "step") tracks.insert(event["tid"].get<int>());
    counts += event["ph"] == "C";
  }
  EXPECT_EQ(tracks.size(), 2U);
  EXPECT_GT(counts, 0);
  const json batch = data_of(text_of(stage / "r.html"));
  EXPECT_EQ(batch["kind"], "batch");
  EXPECT_EQ(batch["ok"], 2);
  EXPECT_EQ(batch["failed"], 1);
  EXPECT_EQ(batch["jobs"].size(), 3U);
  EXPECT_GE(batch["steps"].size(), 7U);
  EXPECT_GE(batch["idle_share"], 0.0);
  for (const json& job : batch["jobs"])
    if (job["status"] == "ok") {
      EXPECT_EQ(job["bytes_out"], std::filesystem::file_size(job["output"].get<std::string>()));
    }
}

TEST(ProfileTest, ProbesAreInTheProgram) {
  const std::string program = text_of(HEVCPOOL_PROGRAM);
  if (program.find("stapsdt") == std::string::npos) GTEST_SKIP() << "built without sys/sdt.h";
  for (const char* name : {"stage_begin", "stage_end", "frame_done"}) EXPECT_NE(program.find(name), std::string::npos) << name;
}

}  // namespace
}  // namespace hevcpool::e2e
