// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/host.h"

#include <gtest/gtest.h>

namespace hevcpool::pool {
namespace {

TEST(HostTest, RunsATask) {
  PoolOptions options;
  options.workers = 2;
  options.tasks["echo"] = [](TaskContext& c) -> TaskResult { return std::string(c.argument()); };
  auto host = Host::start(options);
  ASSERT_TRUE(host) << host.error().message;
  auto job = (*host)->submit("echo", "[1,2]");
  auto result = job.result(Seconds(10));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->body, "[1,2]");
  (*host)->shutdown(Pool::Shutdown::drain);
}

}  // namespace
}  // namespace hevcpool::pool
