// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/libav/log_capture.h"

#include "media/libav/av.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>

namespace hevcpool::media {
namespace {

TEST(LogCaptureTest, KeepsErrorsAndWarningsAndCountsRepeats) {
  const LogCapture capture;
  av_log(nullptr, AV_LOG_INFO, "chatter\n");
  for (int n = 0; n < 3; ++n) av_log(nullptr, AV_LOG_ERROR, "bad block\n");
  EXPECT_EQ(LogCapture::tail(), ": bad block (3 times)");
  EXPECT_EQ(LogCapture::last_error(), "bad block");
}

TEST(LogCaptureTest, IsBoundedAndKeepsTheNewest) {
  const LogCapture capture;
  for (int n = 0; n < 1000; ++n) LogCapture::add("x265", "line " + std::to_string(n));
  const std::string tail = LogCapture::tail(1000);
  EXPECT_LE(std::ranges::count(tail, '\n'), 64);
  EXPECT_TRUE(tail.ends_with("line 999"));
}

TEST(LogCaptureTest, ForgetsWhatAnEarlierJobLogged) {
  {
    const LogCapture first;
    LogCapture::add("x", "old");
    const LogCapture nested;
    EXPECT_EQ(LogCapture::tail(), "x: old");
  }
  const LogCapture second;
  EXPECT_EQ(LogCapture::tail(), "");
}

}  // namespace
}  // namespace hevcpool::media
