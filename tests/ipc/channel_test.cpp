// SPDX-License-Identifier: GPL-2.0-or-later
#include "ipc/channel.h"
#include "ipc/inbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

namespace hevcpool::ipc {
namespace {

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

class ChannelTest : public testing::Test {
 protected:
  ChannelTest() {
    auto ends = Channel::pair();
    here = std::move(ends->first);
    there = std::move(ends->second);
  }
  static Header header(Kind kind, std::uint64_t job = 1) {
    Header made;
    made.kind = kind;
    made.job = job;
    return made;
  }
  Channel here, there;
  Inbox inbox{Route::host_to_supervisor, 8, kMaxDescriptors + 1};
};

TEST_F(ChannelTest, CarriesHeaderAndBody) {
  ASSERT_EQ(here.send(outgoing(header(Kind::job, 42), "{\"a\":1}")), Sent::yes);
  ASSERT_EQ(inbox.receive(there.fd()), Received::messages);
  ASSERT_EQ(inbox.messages().size(), 1u);
  const Incoming& message = inbox.messages()[0];
  EXPECT_EQ(message.problem, "");
  EXPECT_EQ(message.header.job, 42u);
  EXPECT_EQ(message.body, "{\"a\":1}");
}

TEST_F(ChannelTest, CarriesTheLargestInlineBody) {
  const std::string body(kMaxInlineBody, 'x');
  ASSERT_EQ(here.send(outgoing(header(Kind::job), body)), Sent::yes);
  ASSERT_EQ(inbox.receive(there.fd()), Received::messages);
  EXPECT_EQ(inbox.messages()[0].problem, "");
  EXPECT_EQ(inbox.messages()[0].body, body);
}

TEST_F(ChannelTest, RejectsOversizedLength) {
  const std::string body(kMaxInlineBody + 1, 'x');
  ASSERT_EQ(here.send(outgoing(header(Kind::job), body)), Sent::yes);
  ASSERT_EQ(inbox.receive(there.fd()), Received::messages);
  EXPECT_NE(inbox.messages()[0].problem, "");
}

TEST_F(ChannelTest, BatchesKeepOrderAndDescriptors) {
  const std::size_t before = open_descriptors();
  {
    std::vector<Outgoing> batch;
    std::vector<int> fds(3, STDERR_FILENO);
    for (std::uint64_t i = 1; i <= 5; ++i) batch.push_back(outgoing(header(Kind::job, i), "x", std::span(fds).first(i % 4)));
    EXPECT_EQ(here.send_batch(batch), std::make_pair(std::size_t{5}, Sent::yes));
    ASSERT_EQ(inbox.receive(there.fd()), Received::messages);
    ASSERT_EQ(inbox.messages().size(), 5u);
    for (std::uint64_t i = 1; i <= 5; ++i) {
      EXPECT_EQ(inbox.messages()[i - 1].header.job, i);
      EXPECT_EQ(inbox.messages()[i - 1].problem, "");
      EXPECT_EQ(inbox.messages()[i - 1].descriptors.size(), i % 4);
    }
    for (Incoming& message : inbox.messages()) message.descriptors.clear();
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(ChannelTest, CarriesManyDescriptors) {
  std::vector<int> fds(kMaxDescriptors + 1, STDERR_FILENO);
  ASSERT_EQ(here.send(outgoing(header(Kind::job), "x", std::span(fds).first(kMaxDescriptors))), Sent::yes);
  ASSERT_EQ(inbox.receive(there.fd()), Received::messages);
  EXPECT_EQ(inbox.messages()[0].problem, "");
  EXPECT_EQ(inbox.messages()[0].descriptors.size(), kMaxDescriptors);
  ASSERT_EQ(here.send(outgoing(header(Kind::job), "x", fds)), Sent::yes);
  ASSERT_EQ(inbox.receive(there.fd()), Received::messages);
  EXPECT_NE(inbox.messages()[0].problem, "");
}

TEST_F(ChannelTest, MoreDescriptorsThanAllowedAreNotTaken) {
  const std::size_t before = open_descriptors();
  Inbox narrow(Route::worker_to_supervisor, 1, 1);
  std::vector<int> fds(100, STDERR_FILENO);
  ASSERT_EQ(here.send(outgoing(header(Kind::result), "x", fds)), Sent::yes);
  ASSERT_EQ(narrow.receive(there.fd()), Received::messages);
  EXPECT_TRUE(narrow.messages()[0].descriptors_lost);
  EXPECT_LE(narrow.messages()[0].descriptors.size(), 2u);  // the room for one descriptor is padded to two
  narrow.messages()[0].descriptors.clear();
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(ChannelTest, EndOfFileComesAfterTheLastMessage) {
  ASSERT_EQ(here.send(outgoing(header(Kind::job), "x")), Sent::yes);
  here.close();
  ASSERT_EQ(inbox.receive(there.fd()), Received::messages);
  EXPECT_EQ(inbox.messages().size(), 1u);
  EXPECT_EQ(inbox.receive(there.fd()), Received::closed);
  EXPECT_EQ(there.send(outgoing(header(Kind::job), "x")), Sent::closed);
}

TEST_F(ChannelTest, AnEmptyDatagramEndsTheChannel) {
  ASSERT_EQ(::send(here.fd(), "", 0, 0), 0);
  EXPECT_EQ(inbox.receive(there.fd()), Received::closed);
}

TEST_F(ChannelTest, GarbageHasAProblemAndNothingElse) {
  ASSERT_EQ(::send(here.fd(), "garbage", 7, 0), 7);
  const std::string noise(500, '\x5a');
  ASSERT_EQ(::send(here.fd(), noise.data(), noise.size(), 0), 500);
  ASSERT_EQ(inbox.receive(there.fd()), Received::messages);
  ASSERT_EQ(inbox.messages().size(), 2u);
  for (const Incoming& message : inbox.messages()) EXPECT_NE(message.problem, "");
}

TEST_F(ChannelTest, FullIsToldAndNothingIsLost) {
  std::size_t sent = 0;
  const std::string body(60000, 'x');
  while (here.send(outgoing(header(Kind::job, sent + 1), body)) == Sent::yes) ++sent;
  EXPECT_EQ(here.send(outgoing(header(Kind::job), body)), Sent::full);
  std::size_t received = 0;
  while (inbox.receive(there.fd()) == Received::messages) received += inbox.messages().size();
  EXPECT_EQ(received, sent);
  EXPECT_TRUE(here.wait_writable(0));
}

}  // namespace
}  // namespace hevcpool::ipc
