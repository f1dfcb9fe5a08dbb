// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/flame.h"
#include "profile/page.h"
#include "profile/sampler.h"
#include "profile/symbols.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>

namespace hevcpool::profile {
namespace {

using testing::HasSubstr;
using testing::Not;

__attribute__((noinline)) double spin_for_samples(double seconds) {
  const std::clock_t until = std::clock() + static_cast<std::clock_t>(seconds * CLOCKS_PER_SEC);
  double sum = 0;
  while (std::clock() < until)
    for (int n = 1; n < 1000; ++n) sum += 1.0 / n;
  return sum;
}

TEST(SamplerTest, SeesWhatRuns) {
  auto sampler = Sampler::start(1000);
  ASSERT_NE(sampler, nullptr);
  EXPECT_EQ(Sampler::start(1000), nullptr);
  EXPECT_GT(spin_for_samples(0.5), 0);
  nlohmann::json samples;
  samples["stacks"] = nlohmann::json::array();
  std::uint64_t count = 0;
  for (const auto& [stack, times] : sampler->stop()) {
    nlohmann::json entry = {times};
    for (const auto address : stack) entry.push_back(static_cast<std::uint64_t>(address));
    samples["stacks"].push_back(entry);
    count += times;
  }
  EXPECT_GT(count, 50U);
  const std::string text = folded_text(fold(samples, Symbols()));
  EXPECT_THAT(text, HasSubstr("spin_for_samples"));
  EXPECT_THAT(text, HasSubstr("main"));
}

TEST(SamplerTest, CanBeStartedAgain) {
  Sampler::start(100).reset();
  const auto sampler = Sampler::start(100);
  ASSERT_NE(sampler, nullptr);
  sampler->stop();
}

TEST(SymbolsTest, KnowsExportsAndPlaces) {
  Symbols symbols;
  EXPECT_THAT(symbols.name(reinterpret_cast<std::uintptr_t>(&std::getenv)), HasSubstr("getenv"));
  EXPECT_EQ(symbols.name(1), "unknown");
}

TEST(FlameTest, FoldsAndDraws) {
  const Folded folded = {{"main;encode", 3}, {"main;decode<x>", 1}};
  EXPECT_EQ(folded_text(folded), "main;decode<x> 1\nmain;encode 3\n");
  const std::string svg = flame_svg(folded, "a & b");
  EXPECT_THAT(svg, HasSubstr("a &amp; b: 4 samples"));
  EXPECT_THAT(svg, HasSubstr("decode&lt;x&gt; (1 samples, 25.00 %)"));
  EXPECT_THAT(flame_svg({}, "nothing"), HasSubstr("</svg>"));
}

TEST(FlameTest, HostileSamplesAreLeftOut) {
  for (const char* text : {"null", "{}", R"({"stacks": 1})", R"({"stacks": [[], [1], ["a", 2], [1, -2]]})"})
    EXPECT_TRUE(fold(nlohmann::json::parse(text), Symbols()).empty()) << text;
}

TEST(PageTest, NoTextEndsTheDataEarly) {
  const nlohmann::json batch = {{"jobs", {{{"input", "</script><script>alert(1)</script>"}}}}};
  const std::string page = batch_page(batch);
  EXPECT_THAT(page, Not(HasSubstr("alert(1)</script>")));
  EXPECT_THAT(page, HasSubstr("\\u003c/script>"));
  EXPECT_THAT(page, HasSubstr("Leon Sorokin"));
}

}  // namespace
}  // namespace hevcpool::profile
