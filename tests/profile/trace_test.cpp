// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/pool_trace.h"
#include "profile/stage.h"

#include "profile/trace_check.h"
#include "support/temp_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace hevcpool::profile {
namespace {

using nlohmann::json;

json read(const std::string& path) {
  std::ifstream file(path);
  return json::parse(std::string{std::istreambuf_iterator<char>(file), {}}, nullptr, false);
}

// What a worker measures of a job of so many seconds: five stages and two frames in each 20 ms.
std::string measured(double begin, double seconds) {
  json slices = json::array(), frames = json::array();
  for (int moment = 0; moment < static_cast<int>(seconds * 50); ++moment)
    for (int n = 0; n < 5; ++n) slices.push_back({moment * 20'000 + n * 3'000, 2'500, n, 0, 4});
  for (int frame = 0; frame < static_cast<int>(seconds * 50); ++frame) frames.push_back({frame * 20'000, 19'000, 'P', frame, 1});
  return json{{"begin", begin}, {"slices", slices}, {"lanes", {frames}}}.dump();
}

TEST(TraceTest, FollowsTheFormatAndNests) {
  const test::TempFolder folder;
  auto trace = PoolTrace::create(folder / "t.json", 100);
  ASSERT_TRUE(trace.has_value());
  (*trace)->begin(2);
  (*trace)->waiting(3, 100.1);
  (*trace)->step({"inspect", "a \"quoted\"\n.mp4", 0, 100.0, 100.2, true, ""});
  (*trace)->step({"encode", "a.mp4", 0, 100.2, 101.0, true, measured(100.21, 0.7)});
  (*trace)->step({"encode", "b.mp4", 1, 100.0, 101.0, false, "no json"});
  (*trace)->waiting(0, 101.0);
  ASSERT_TRUE((*trace)->finish().has_value());
  const json events = read(folder / "t.json");
  EXPECT_EQ(test::trace_problem(events), "");
  int stages = 0, frames = 0, counts = 0;
  for (const json& event : events) {
    stages += event.value("cat", "") == "stage";
    frames += event.value("cat", "") == "frame";
    counts += event["ph"] == "C";
  }
  EXPECT_EQ(stages, 175);
  EXPECT_EQ(frames, 35);
  EXPECT_EQ(counts, 2);
}

// The check itself: a good trace, and each of its rules broken once.
TEST(TraceTest, TheCheckFindsWhatIsWrong) {
  const std::string head = R"([{"name":"process_name","ph":"M","pid":1,"tid":0,"ts":0,"args":{"name":"p"}},
                               {"name":"thread_name","ph":"M","pid":1,"tid":1,"ts":0,"args":{"name":"t"}},)";
  const auto problem = [&](const std::string& events) { return test::trace_problem(json::parse(head + events + "]")); };
  EXPECT_EQ(problem(R"({"name":"a","cat":"c","ph":"X","pid":1,"tid":1,"ts":0,"dur":10},
                       {"name":"b","cat":"c","ph":"X","pid":1,"tid":1,"ts":2,"dur":3},
                       {"name":"n","ph":"C","pid":1,"tid":0,"ts":2,"args":{"value":3}},
                       {"name":"d","cat":"c","ph":"B","pid":1,"tid":1,"ts":20},{"ph":"E","pid":1,"tid":1,"ts":21})"), "");
  EXPECT_NE(test::trace_problem(json::object()), "");
  EXPECT_NE(test::trace_problem(json::array()), "");
  for (const char* wrong : {
           R"({"name":"a","cat":"c","ph":"X","pid":1,"tid":1,"ts":0})",                                  // no dur
           R"({"name":"a","cat":"c","ph":"X","pid":1,"tid":1,"ts":0,"dur":-1})",
           R"({"name":"a","cat":"c","ph":"X","pid":1,"tid":1,"ts":0.5,"dur":1})",
           R"({"name":"a","cat":"c","ph":"X","pid":1,"tid":1,"ts":"0","dur":1})",
           R"({"name":"a","cat":"c","ph":"X","pid":"1","tid":1,"ts":0,"dur":1})",
           R"({"name":"a","cat":"c","ph":"X","pid":1,"ts":0,"dur":1})",
           R"({"name":"a","cat":"c","ph":"X","pid":1,"tid":2,"ts":0,"dur":1})",                          // unnamed track
           R"({"name":"a","cat":"c","ph":"X","pid":2,"tid":1,"ts":0,"dur":1})",
           R"({"name":"a","ph":"X","pid":1,"tid":1,"ts":0,"dur":1})",
           R"({"name":"a","cat":"c","ph":"X","pid":1,"tid":1,"ts":0,"dur":1,"args":[]})",
           R"({"name":"a","cat":"c","ph":"X","pid":1,"tid":1,"ts":0,"dur":1,"colour":"red"})",
           R"({"name":"","cat":"c","ph":"X","pid":1,"tid":1,"ts":0,"dur":1})",
           R"({"name":"a","cat":"c","ph":"Q","pid":1,"tid":1,"ts":0})",
           R"({"name":"a","cat":"c","ph":"X","pid":1,"tid":1,"ts":0,"dur":10},
              {"name":"b","cat":"c","ph":"X","pid":1,"tid":1,"ts":5,"dur":10})",                         // overlap
           R"({"name":"a","cat":"c","ph":"B","pid":1,"tid":1,"ts":0})",
           R"({"ph":"E","pid":1,"tid":1,"ts":0})",
           R"({"name":"n","ph":"C","pid":1,"tid":0,"ts":0,"args":{"value":"3"}})",
           R"({"name":"n","ph":"C","pid":1,"tid":0,"ts":0,"args":{}})",
           R"({"name":"n","ph":"C","pid":1,"tid":0,"ts":0})",
           R"({"name":"thread_name","ph":"M","pid":1,"tid":1,"ts":0,"args":{"name":"again"}})",
           R"({"name":"thread_name","ph":"M","pid":1,"tid":3,"ts":0,"args":{"name":3}})",
           R"({"name":"thread_colour","ph":"M","pid":1,"tid":3,"ts":0,"args":{"name":"x"}})"})
    EXPECT_NE(problem(wrong), "") << wrong;
}

TEST(TraceTest, AnUnfinishedTraceLacksOnlyItsEnd) {
  const test::TempFolder folder;
  auto trace = PoolTrace::create(folder / "t.json", 0);
  (*trace)->step({"encode", "a", 0, 0, 60, true, measured(0, 60)});
  std::ifstream file(folder / "t.json");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_TRUE(text.starts_with("[\n{"));
}

TEST(TraceTest, HostileMeasurementsAreLeftOut) {
  const test::TempFolder folder;
  auto trace = PoolTrace::create(folder / "t.json", 0);
  (*trace)->begin(1);
  for (const char* text : {"[]", "{}", R"({"begin":"x"})", R"({"begin":1e300,"slices":[[1,2],[1,2,99,0,1],["a",1,1,1,1],[0,1e18,1,0,1]]})",
                           R"({"begin":0,"slices":[[0,99999999999,3,0,1]],"lanes":[[[0,5,200,0,1]]]})"})
    (*trace)->step({"encode", "a", 0, 0, 1, true, text});
  ASSERT_TRUE((*trace)->finish().has_value());
  EXPECT_EQ(test::trace_problem(read(folder / "t.json")), "");
}

TEST(TraceTest, TenMinutesStayBelowFiftyMegabytes) {
  const test::TempFolder folder;
  for (const unsigned workers : {2U, 16U}) {
    auto trace = PoolTrace::create(folder / "t.json", 0);
    (*trace)->begin(workers);
    const double resolution = trace_resolution(workers);
    // Eight stages and two kinds of frames in every moment of the resolution, on every worker.
    json slices = json::array(), frames = json::array();
    for (int moment = 0; moment < static_cast<int>(60 / resolution); ++moment) {
      const auto at = static_cast<std::uint64_t>(moment * resolution * 1e6);
      for (unsigned n = 0; n < 8; ++n) slices.push_back({at + n, 1U, n, 0U, 9U});
      for (unsigned n = 0; n < 2; ++n) frames.push_back({at + n, 1U, 80U, static_cast<unsigned>(moment), 9U});
    }
    for (unsigned minute = 0; minute < 10; ++minute)
      for (unsigned worker = 0; worker < workers; ++worker)
        (*trace)->step({"encode", "some_file_name.mp4", static_cast<int>(worker), minute * 60.0, minute * 60.0 + 60, true,
                        json{{"begin", minute * 60.0}, {"slices", slices}, {"lanes", {frames}}}.dump()});
    EXPECT_LT((*trace)->bytes(), 50U << 20) << workers;
  }
}

}  // namespace
}  // namespace hevcpool::profile
