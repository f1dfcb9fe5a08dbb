// SPDX-License-Identifier: GPL-2.0-or-later
// Workers that lie on their channel: the liar is killed, its job fails, the others do not notice.
#include "ipc/channel.h"
#include "ipc/message.h"
#include "pool/fake_tasks.h"
#include "pool/process_census.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

namespace hevcpool::pool {
namespace {

using namespace testing_support;
using ipc::Header;
using ipc::Kind;

constexpr int kChannel = 3;  // of every worker

// What a worker knows of the job that it runs: the id is not secret, as it is in every message.
std::uint64_t guess_job() { return (std::uint64_t{1} << 16) | 0; }  // the first job of a pool

void send_raw(const Header& header, std::string_view body = {}, const std::vector<int>& fds = {}) {
  const ipc::Channel channel{UniqueFd(::fcntl(kChannel, F_DUPFD_CLOEXEC, 10))};
  ipc::Outgoing message{header, body, fds};
  channel.send(message, true);
}

Header message(Kind kind, std::uint64_t job) {
  Header header;
  header.kind = kind;
  header.job = job;
  return header;
}

Header with_body(Header header, std::size_t size) {
  header.body_size = static_cast<std::uint32_t>(size);
  return header;
}

using Lie = std::function<void()>;

struct NamedLie {
  const char* name;
  Lie lie;
};

std::vector<NamedLie> lies() {
  return {
      {"garbage", [] { ::send(kChannel, "garbage", 7, 0); }},
      {"empty", [] { ::send(kChannel, "", 0, 0); }},
      {"oversized",
       [] {
         const std::string big(150'000, 'x');
         ::send(kChannel, big.data(), big.size(), 0);
       }},
      {"wrong length", [] { send_raw(with_body(message(Kind::result, guess_job()), 100), "x"); }},
      {"huge length", [] { send_raw(with_body(message(Kind::result, guess_job()), 0xffffffff), "x"); }},
      {"another's result", [] { send_raw(message(Kind::result, 0x7fff0001)); }},
      {"another's progress", [] { send_raw(with_body(message(Kind::progress, 12345), 1), "1"); }},
      {"ready again", [] { send_raw(message(Kind::ready, 0)); }},
      {"setup failed", [] { send_raw(with_body(message(Kind::setup_failed, 0), 1), "x"); }},
      {"a job for the supervisor", [] { send_raw(message(Kind::job, 1)); }},
      {"stop", [] { send_raw(message(Kind::stop, 0)); }},
      {"kill", [] { send_raw(message(Kind::kill, 0)); }},
      {"lost", [] { send_raw(message(Kind::lost, guess_job())); }},
      {"broken", [] { send_raw(message(Kind::broken, 0)); }},
      {"descriptors",
       [] {
         Header header = message(Kind::progress, guess_job());
         header.descriptors = 200;
         send_raw(with_body(header, 1), "1", std::vector<int>(200, 1));
       }},
      {"a thousand descriptors",
       [] {
         for (int i = 0; i < 5; ++i) {
           Header header = message(Kind::result, guess_job());
           header.descriptors = 200;
           send_raw(header, "", std::vector<int>(200, 1));
         }
       }},
      {"a pipe as body",
       [] {
         int pipe[2];
         if (::pipe2(pipe, O_CLOEXEC) != 0) return;
         Header header = with_body(message(Kind::result, guess_job()), 100);
         header.flags = ipc::flag::body_in_memfd;
         header.descriptors = 1;
         send_raw(header, "", {pipe[0]});
       }},
      {"an unsealed body",
       [] {
         const int file = ::memfd_create("lie", MFD_CLOEXEC | MFD_ALLOW_SEALING);
         if (::ftruncate(file, 100'000) != 0) return;
         Header header = with_body(message(Kind::result, guess_job()), 100'000);
         header.flags = ipc::flag::body_in_memfd;
         header.descriptors = 1;
         send_raw(header, "", {file});
       }},
      {"a flood",
       [] {
         for (int i = 0; i < 20'000; ++i) send_raw(with_body(message(Kind::progress, guess_job()), 1), "1");
       }},
      {"closing the channel", [] { ::close(kChannel); }},
  };
}

class HostileWorkerTest : public testing::TestWithParam<std::size_t> {};

TEST_P(HostileWorkerTest, IsKilledAndThePoolGoesOn) {
  const Census census;
  const NamedLie lie = lies()[GetParam()];
  SCOPED_TRACE(lie.name);
  TaskTable more{{"lie", [&](TaskContext&) -> TaskResult {
                    lie.lie();
                    while (true) ::pause();
                  }}};
  auto pool = start_pool(2, {}, more);
  const Job liar = pool->submit("lie", "null");  // the first job: slot 0
  const auto result = liar.result(kPatience);
  ASSERT_TRUE(result);
  ASSERT_TRUE(result->error);
  EXPECT_EQ(result->error->kind, Failure::crash) << result->error->message;
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(pool->submit("echo", "1").result(kPatience).value().ok());
  EXPECT_FALSE(pool->lost());
}

INSTANTIATE_TEST_SUITE_P(Lies, HostileWorkerTest, testing::Range(std::size_t{0}, lies().size()),
                         [](const auto& lie) {
                           std::string name = lies()[lie.param].name;
                           for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
                           return name;
                         });

TEST(HostileWorkerOnceTest, ALiarIsRetriedElsewhereWhenAsked) {
  const Census census;
  TaskTable more{{"lie", [](TaskContext&) -> TaskResult {
                    ::send(kChannel, "garbage", 7, 0);
                    while (true) ::pause();
                  }}};
  auto pool = start_pool(2, {}, more);
  Submission wanted = submission("lie");
  wanted.retries = 2;
  const JobResult result = pool->submit(std::move(wanted)).result();
  EXPECT_EQ(result.attempts, 3u);
  EXPECT_EQ(result.error->code, "protocol");
  EXPECT_THAT(result.error->message, testing::HasSubstr("shorter than a header"));
}

// Random bytes, many times: the supervisor survives all of them.
TEST(HostileWorkerOnceTest, RandomMessages) {
  const Census census;
  TaskTable more{{"noise", [](TaskContext& context) -> TaskResult {
                    std::uint64_t random = std::stoull(std::string(context.argument())) * 2654435761u + 1;
                    for (int i = 0; i < 50; ++i) {
                      Header header = message(static_cast<Kind>((random >> 8) % 16), guess_job());
                      unsigned char bytes[sizeof header];
                      std::memcpy(bytes, &header, sizeof header);
                      for (int k = 0; k < 3; ++k) {
                        random = random * 6364136223846793005u + 1442695040888963407u;
                        bytes[(random >> 33) % sizeof header] = static_cast<unsigned char>(random >> 50);
                      }
                      ::send(kChannel, bytes, 1 + (random >> 20) % sizeof header, 0);
                    }
                    return std::string("null");
                  }}};
  auto pool = start_pool(2, {}, more);
  for (int i = 0; i < 200; ++i) EXPECT_TRUE(pool->submit("noise", std::to_string(i)).result(kPatience));
  EXPECT_TRUE(pool->submit("echo", "1").result(kPatience).value().ok());
}

}  // namespace
}  // namespace hevcpool::pool
