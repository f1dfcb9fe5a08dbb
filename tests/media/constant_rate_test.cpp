// SPDX-License-Identifier: GPL-2.0-or-later
// A constant rate stays constant, whatever clock the container has; a variable one stays as it is.
#include "converted.h"

#include <gtest/gtest.h>
#include <set>

namespace hevcpool::media::testing {
namespace {

using namespace hevcpool::test;

// Steps from frame to frame in microseconds.
std::set<long> steps(const FoundStream& video) {
  std::set<long> found;
  const std::vector<double> times = video.times();
  for (std::size_t n = 1; n < times.size(); ++n) found.insert(std::lround((times[n] - times[n - 1]) * 1e6));
  return found;
}

Converted converted(const std::string& muxer, const std::string& graph, Container container) {
  MadeFile spec;
  spec.muxer = muxer;
  spec.videos[0].graph = graph;
  EncodeOptions options = quick();
  options.container = container;
  return convert_made(spec, options);
}

TEST(ConstantRateTest, IsConstantAgainAfterMilliseconds) {
  for (const auto& [rate, step] : {std::pair{"24000/1001", 41'708L}, {"30000/1001", 33'367L}, {"60000/1001", 16'683L},
                                   {"24", 41'667L}, {"25", 40'000L}, {"50", 20'000L}, {"120", 8'333L}})
    for (const char* muxer : {"matroska", "flv"})
      for (const Container container : {Container::mp4, Container::mov}) {
        const Converted result = converted(muxer, std::string("testsrc2=size=64x64:duration=1.5:rate=") + rate, container);
        ASSERT_TRUE(result.ok()) << result.problem();
        for (const long found : steps(*result.after.of("video").at(0)))
          EXPECT_NEAR(static_cast<double>(found), static_cast<double>(step), 1.1) << rate << ' ' << muxer;
      }
}

TEST(ConstantRateTest, AVariableRateStaysVariable) {
  const Converted result = converted(
      "matroska", "testsrc2=size=64x64:rate=100:duration=3,select='not(mod(n\\,7))+not(mod(n\\,5))'", Container::mp4);
  ASSERT_TRUE(result.ok()) << result.problem();
  const auto before = result.before.of("video").at(0)->times(), after = result.after.of("video").at(0)->times();
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t n = 0; n < before.size(); ++n) EXPECT_NEAR(before[n] - before[0], after[n] - after[0], 1e-4) << n;
}

// A clock that ticks once a frame says the rate, where libav guesses none.
TEST(ConstantRateTest, OfThreeFramesOfMxfIsWritten) {
  MadeFile spec;
  spec.muxer = "mxf";
  spec.videos[0].graph = "testsrc2=size=64x64:rate=24:duration=0.125";
  spec.videos[0].encoder = "jpeg2000";
  EncodeOptions options = quick();
  options.container = Container::mkv;
  const Converted result = convert_made(spec, options);
  ASSERT_TRUE(result.ok()) << result.problem();
  const std::string bytes = content(result.target.get());
  EXPECT_NE(bytes.find("\x23\xE3\x83\x84\x02\x7B\xC8\x6A"), std::string::npos);  // DefaultDuration 41666666
}

}  // namespace
}  // namespace hevcpool::media::testing
