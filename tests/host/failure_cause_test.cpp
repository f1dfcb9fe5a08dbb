// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/failure_cause.h"

#include <gtest/gtest.h>

namespace hevcpool::host {
namespace {

TEST(FailureCauseTest, AnotherRunMayDoBetterAfterTheMachineFailed) {
  for (const char* code : {"ENOSPC", "EDQUOT", "ENOMEM", "EIO", "ESTALE", "ENOENT"})
    EXPECT_TRUE(may_do_better({.kind = Failure::task, .code = code})) << code;
  for (const Failure kind : {Failure::crash, Failure::timeout, Failure::cancelled, Failure::pool_lost, Failure::exception})
    EXPECT_TRUE(may_do_better({.kind = kind})) << to_string(kind);
}

TEST(FailureCauseTest, NotAfterTheSourceFailed) {
  for (const char* code : {"truncated", "damaged", "encrypted", "too_much_damage", "INVALIDDATA", "EINVAL", "name_taken", ""})
    EXPECT_FALSE(may_do_better({.kind = Failure::task, .code = code})) << code;
}

}  // namespace
}  // namespace hevcpool::host
