// SPDX-License-Identifier: GPL-2.0-or-later
// submit() holds back who submits more than the pool is to keep waiting.
#include "host/folder.h"
#include "media/segment_clip.h"

#include <hevcpool/encode.h>
#include <hevcpool/pool.h>

#include <atomic>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/sendfile.h>
#include <thread>

namespace hevcpool::host {
namespace {

using namespace std::chrono_literals;
constexpr Seconds kAMinute{60};

class BackPressureTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string error;
    PoolOptions options;
    options.workers = 1;
    options.queue_limit = 2;
    pool = Pool::start(std::move(options), &error);
    ASSERT_TRUE(pool) << error;
    pool->pause();
  }

  Encode request(int number) {
    const std::string name = std::to_string(number) + ".mp4";
    const auto made = media::test::make_clip({.frames = 12});
    folder.write(name, "");
    const UniqueFd file(::open((folder / name).c_str(), O_WRONLY | O_CLOEXEC));
    off_t at = 0;
    while (::sendfile(file.get(), made.get(), &at, 1 << 20) > 0) {
    }
    Encode encode{.input = folder / name};
    encode.options.preset = "ultrafast";
    return encode;
  }

  Folder folder;
  std::unique_ptr<Pool> pool;
};

TEST_F(BackPressureTest, EncodesWaitOutsideOfAFullQueue) {
  constexpr int kJobs = 6, kRoom = 3;  // one for the worker, two that wait
  std::vector<Encode> requests;
  for (int i = 0; i < kJobs; ++i) requests.push_back(request(i));
  std::atomic<int> submitted{0};
  std::vector<Job> jobs;
  std::thread submitter([&] {
    for (const Encode& each : requests) {
      jobs.push_back(pool->submit(each));
      ++submitted;
    }
  });
  while (submitted < kRoom) std::this_thread::yield();
  EXPECT_EQ(submitted, kRoom);
  pool->resume();
  submitter.join();
  for (const Job& job : jobs) EXPECT_TRUE(job.result().ok()) << job.result().error->message;
}

TEST_F(BackPressureTest, ShutdownLetsGoWhoIsHeldBack) {
  std::vector<Job> jobs;
  for (int i = 0; i < 3; ++i) jobs.push_back(pool->submit(request(i)));
  const Encode late = request(3);
  std::thread submitter([&] { EXPECT_FALSE(pool->submit(late).result().ok()); });
  pool->shutdown(Pool::Shutdown::cancel);
  submitter.join();
}

TEST_F(BackPressureTest, ACallbackIsNeverHeldBack) {
  std::atomic<int> done{0};
  std::vector<Job> first;
  const Encode more = request(9);
  for (int i = 0; i < 3; ++i) first.push_back(pool->submit(request(i)));
  for (const Job& job : first)
    job.when_done([&](const JobResult&) {
      pool->submit(more);
      ++done;
    });
  pool->resume();
  for (const Job& job : first) ASSERT_TRUE(job.result(kAMinute));
  while (done < 3) std::this_thread::yield();
}

}  // namespace
}  // namespace hevcpool::host
