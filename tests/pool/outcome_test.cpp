// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/outcome.h"

#include <gtest/gtest.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <string>

namespace hevcpool::pool {
namespace {

ipc::Header lost(ipc::Cause cause, int status = 0) {
  ipc::Header header;
  header.kind = ipc::Kind::lost;
  header.status = static_cast<std::uint16_t>(cause);
  header.exit_status = status;
  return header;
}

TEST(OutcomeTest, NamesSignalsAndExits) {
  EXPECT_EQ(loss_of(lost(ipc::Cause::crash, SIGSEGV), "", {}).error->code, "SIGSEGV");
  EXPECT_EQ(loss_of(lost(ipc::Cause::crash, 3 << 8), "", {}).error->code, "exit 3");
  const auto killed = loss_of(lost(ipc::Cause::crash, SIGKILL), "", {});
  EXPECT_EQ(killed.error->code, "SIGKILL");
  EXPECT_NE(killed.error->message.find("memory"), std::string::npos);
}

TEST(OutcomeTest, LimitsAreNamedWithTheirLength) {
  Submission limits;
  limits.timeout = Seconds(1.5);
  limits.stall_timeout = Seconds(2);
  const auto timeout = loss_of(lost(ipc::Cause::timeout), "", limits);
  EXPECT_EQ(timeout.error->kind, Failure::timeout);
  EXPECT_EQ(timeout.error->message, "not done after 1.5 s");
  const auto stall = loss_of(lost(ipc::Cause::stall), "", limits);
  EXPECT_EQ(stall.error->code, "stall_timeout");
  EXPECT_EQ(stall.error->message, "no progress for 2 s");
}

TEST(OutcomeTest, LogsOfAnyBytesBecomeText) {
  const std::string bytes("bad \x1b[31m \xff\xfe\0 end\n\n", 19);
  const auto result = loss_of(lost(ipc::Cause::crash, SIGABRT), bytes, {});
  EXPECT_EQ(result.error->log.find('\x1b'), std::string::npos);
  EXPECT_TRUE(nlohmann::json(result.error->log).dump().size() > 0);  // would throw if it were not UTF-8
  EXPECT_TRUE(result.error->log.ends_with("end"));
}

TEST(OutcomeTest, WantOfMemoryIsSaid) {
  const char* log = "terminate called after throwing an instance of 'St9bad_alloc'\n  what():  std::bad_alloc\n";
  EXPECT_EQ(loss_of(lost(ipc::Cause::crash, SIGABRT), log, {}).error->message,
            "the worker died of SIGABRT (Aborted): it was given no more memory");
  EXPECT_EQ(loss_of(lost(ipc::Cause::crash, SIGABRT), "assertion", {}).error->message,
            "the worker died of SIGABRT (Aborted)");
}

TEST(OutcomeTest, AnErrorThatIsNoJsonIsAnErrorStill) {
  ipc::Header header;
  header.kind = ipc::Kind::result;
  header.status = static_cast<std::uint16_t>(ipc::Outcome::task_error);
  for (const char* text : {"", "{", "[]", "null", "{\"stage\":1}"}) EXPECT_FALSE(result_of(header, text).ok()) << text;
  EXPECT_EQ(result_of(header, R"({"stage":"s","code":"c","message":"m","log":"l"})").error->stage, "s");
  EXPECT_EQ(result_of(header, R"({"stage":"s","log":")" + std::string(2 << 20, 'x') + "\"}").error->code, "protocol");
}

TEST(OutcomeTest, AResultThatIsNestedTooDeepIsRefused) {
  ipc::Header header;
  header.kind = ipc::Kind::result;
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(result_of(header, nested(200)).ok());
  EXPECT_TRUE(result_of(header, '"' + nested(10'000) + "\\\"" + nested(10'000) + '"').ok());  // only text
  const auto refused = result_of(header, nested(1'000'000));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error->code, "protocol");
  header.status = static_cast<std::uint16_t>(ipc::Outcome::task_error);
  EXPECT_EQ(result_of(header, "{\"stage\":" + nested(1'000'000) + "}").error->code, "protocol");
}

TEST(OutcomeTest, AChunkThatLiesFailsEachOfItsJobs) {
  JobResult chunk;
  chunk.body = "nonsense";
  const auto results = split_chunk(chunk, 3);
  ASSERT_EQ(results.size(), 3u);
  for (const auto& result : results) EXPECT_EQ(result.error->code, "protocol");
}

}  // namespace
}  // namespace hevcpool::pool
