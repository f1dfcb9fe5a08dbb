// SPDX-License-Identifier: GPL-2.0-or-later
// Whole encode jobs through real worker processes.
#include <hevcpool/encode.h>
#include <hevcpool/pool.h>

#include "folder.h"
#include "media/segment_clip.h"
#include "profile/counters.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/perf_event.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <future>
#include <nlohmann/json.hpp>

namespace hevcpool::host {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using nlohmann::json;

constexpr Seconds kLongest{100};

class PoolEncodeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string error;
    pool = Pool::start({.workers = 2, .grace = Seconds(2)}, &error);
    ASSERT_TRUE(pool) << error;
  }

  std::string clip(const std::string& name, media::test::ClipRequest request = {.frames = 24}) {
    auto made = media::test::make_clip(request);
    EXPECT_TRUE(made.valid());
    folder.write(name, "");
    UniqueFd file(::open((folder / name).c_str(), O_WRONLY | O_CLOEXEC));
    off_t at = 0;
    while (::sendfile(file.get(), made.get(), &at, 1 << 20) > 0) {
    }
    return folder / name;
  }

  Encode encode(const std::string& input) {
    Encode made{.input = input};
    made.options.preset = "ultrafast";
    return made;
  }

  JobResult run(const Encode& request, EncodeCallbacks callbacks = {}) {
    auto result = pool->submit(request, std::move(callbacks)).result(kLongest);
    EXPECT_TRUE(result) << "not done in time";
    return result.value_or(JobResult{});
  }
  static json body(const JobResult& result) { return json::parse(result.body, nullptr, false); }
  std::string status(const JobResult& result) { return body(result).value("status", "none"); }
  std::string reason(const JobResult& result) { return body(result).value("reason", "none"); }

  Folder folder;
  std::unique_ptr<Pool> pool;
};

// The sandbox forbids opening events, and lets those be read that were opened before it closed. The kernel's own
// stand in for the processor's, which few machines of tests have; the first is nanoseconds of CPU time.
TEST(PoolMeasureTest, CountersOpenedBeforeTheSandboxAreReadInIt) {
  using profile::EventGroup;
  constexpr profile::Events kEvents = {{{PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK},
                                        {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES},
                                        {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS}}};
  if (auto group = EventGroup::open(kEvents, EventGroup::Of::this_thread); !group) GTEST_SKIP() << group.error().message;
  std::string error, measured;
  const auto pool = Pool::start({.workers = 1, .worker_start = [kEvents] { profile::open_events(kEvents); }}, &error);
  ASSERT_TRUE(pool) << error;
  const Folder folder;
  const auto made = media::test::make_clip({.frames = 60});
  folder.write("a.mp4", "");
  const UniqueFd file(::open((folder / "a.mp4").c_str(), O_WRONLY | O_CLOEXEC));
  for (off_t at = 0; ::sendfile(file.get(), made.get(), &at, 1 << 20) > 0;) {
  }
  Encode request{.input = folder / "a.mp4"};
  request.options.preset = "medium";
  request.measure.on = true;
  const auto result = pool->submit(request, {.on_step = [&](const EncodeStep& step) {
                                     if (step.kind == StepKind::encode) measured = step.measured;
                                   }}).result(kLongest);
  ASSERT_TRUE(result && result->ok());
  const json task = json::parse(measured, nullptr, false);
  EXPECT_EQ(task["counters"], "hardware");
  double cycles = 0;
  for (const json& stage : task["stages"]) {
    cycles += stage["cycles"].get<double>();
    if (stage["name"] != "encode" && stage["name"] != "decode") continue;
    const double cpu = stage["cpu"].get<double>();
    EXPECT_NEAR(stage["cycles"].get<double>() / 1e9, cpu, 0.1 * cpu + 0.002) << stage["name"];
  }
  EXPECT_NEAR(cycles / 1e9, task["cpu"].get<double>(), 0.05 * task["cpu"].get<double>() + 0.002);
}

TEST_F(PoolEncodeTest, MakesTheOutputBesideTheSourceAndNothingElse) {
  auto result = run(encode(clip("a.mp4")));
  ASSERT_TRUE(result.ok()) << result.error->stage << ": " << result.error->message << "\n" << result.error->log;
  EXPECT_THAT(folder.files(), ElementsAre("a.hevc.mp4", "a.mp4"));
  auto done = body(result);
  EXPECT_EQ(done["status"], "ok");
  EXPECT_EQ(done["input"], folder / "a.mp4");
  EXPECT_EQ(done["output"], folder / "a.hevc.mp4");
  EXPECT_EQ(done["frames"], 24);
  EXPECT_EQ(done["attempts"], 1);
  EXPECT_EQ(done["bytes_out"], std::filesystem::file_size(folder / "a.hevc.mp4"));
  EXPECT_EQ(done["streams"][0]["target"], "hevc");
  EXPECT_FALSE(done.contains("error"));
  EXPECT_EQ(result.attempts, 1U);
  EXPECT_GT(result.usage.user_seconds + result.usage.system_seconds, 0);
}

TEST_F(PoolEncodeTest, TellsThePlanTheStartAndTheProgress) {
  EncodePlan plan;
  std::atomic<int> starts{0};
  std::atomic<std::int64_t> frames{-1};
  EncodeCallbacks callbacks{.on_plan = [&](const EncodePlan& known) { plan = known; },
                            .on_start = [&](int worker) { starts += worker >= 0; },
                            .on_progress = [&](const EncodeProgress& progress) { frames = progress.frames; }};
  auto request = encode(clip("a.mp4", {.frames = 200}));
  request.options.preset = "medium";
  ASSERT_TRUE(run(request, callbacks).ok());
  EXPECT_EQ(plan.output, folder / "a.hevc.mp4");
  EXPECT_EQ(plan.container, Container::mp4);
  EXPECT_GT(plan.cost, 0);
  EXPECT_GE(starts, 1);  // once for each segment that the clip was cut into
  EXPECT_GE(frames, 0);
}

TEST_F(PoolEncodeTest, SkipsAnExistingOutputAndReplacesItWhenAsked) {
  auto request = encode(clip("a.mp4"));
  folder.write("a.hevc.mkv", "of an earlier run");
  auto skipped = run(request);
  EXPECT_TRUE(skipped.ok());
  EXPECT_EQ(status(skipped), "skipped");
  EXPECT_THAT(reason(skipped), HasSubstr("a.hevc.mkv"));
  EXPECT_THAT(folder.files(), ElementsAre("a.hevc.mkv", "a.mp4"));

  request.output = folder / "a.hevc.mkv";
  request.overwrite = Overwrite::always;
  EXPECT_EQ(status(run(request)), "ok");
  EXPECT_NE(folder.read("a.hevc.mkv"), "of an earlier run");
  EXPECT_THAT(folder.files(), ElementsAre("a.hevc.mkv", "a.mp4"));
}

TEST_F(PoolEncodeTest, SkipsHevcUnlessAskedToReencode) {
  ASSERT_TRUE(run(encode(clip("a.mp4"))).ok());
  auto again = encode(folder / "a.hevc.mp4");
  again.output_stem = folder / "out/b";
  auto skipped = run(again);
  EXPECT_EQ(status(skipped), "skipped");
  EXPECT_EQ(reason(skipped), "already HEVC");
  EXPECT_FALSE(std::filesystem::exists(folder / "out"));
  again.options.reencode = true;
  EXPECT_EQ(status(run(again)), "ok");
  EXPECT_THAT(folder.files(), Contains("out/b.mp4"));
}

TEST_F(PoolEncodeTest, DropsAnOutputThatSavesTooLittleAndRemembers) {
  auto request = encode(clip("a.mp4"));
  request.options.min_saving = 99.9;
  auto first = run(request);
  EXPECT_EQ(status(first), "skipped");
  EXPECT_THAT(reason(first), HasSubstr("99.9 % are wanted"));
  EXPECT_THAT(folder.files(), Not(Contains("a.hevc.mp4")));
  auto second = run(request);
  EXPECT_EQ(status(second), "skipped");
  EXPECT_THAT(reason(second), HasSubstr("known"));
  EXPECT_EQ(second.attempts, 0U);
  request.options.crf = 51;
  EXPECT_EQ(run(request).attempts, 1U);
}

TEST_F(PoolEncodeTest, ReplaceTakesTheSourcesPlace) {
  auto request = encode(clip("a.mp4"));
  auto before = folder.read("a.mp4");
  request.replace = true;
  auto result = run(request);
  ASSERT_TRUE(result.ok()) << result.error->message;
  EXPECT_THAT(folder.files(), ElementsAre("a.mp4"));
  EXPECT_NE(folder.read("a.mp4"), before);

  auto other = encode(clip("b.mkv", {.muxer = "matroska", .frames = 24}));
  other.replace = true;
  other.options.container = Container::mp4;
  ASSERT_TRUE(run(other).ok());
  EXPECT_THAT(folder.files(), ElementsAre("a.mp4", "b.mp4"));
}

TEST_F(PoolEncodeTest, ReplacesWhatALinkLeadsTo) {
  std::filesystem::create_directory(folder / "real");
  clip("real/a.mp4");
  const auto before = folder.read("real/a.mp4");
  std::filesystem::create_symlink("real/a.mp4", folder / "link.mp4");
  auto request = encode(folder / "link.mp4");
  request.replace = true;
  const auto result = run(request);
  ASSERT_TRUE(result.ok()) << result.error->message;
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link.mp4"));
  EXPECT_NE(folder.read("real/a.mp4"), before);
}

TEST_F(PoolEncodeTest, DoesNotReplaceWhereALinkWouldLeadNowhere) {
  clip("b.mkv", {.muxer = "matroska", .frames = 24});
  const auto before = folder.read("b.mkv");
  std::filesystem::create_symlink("b.mkv", folder / "link.mkv");
  auto request = encode(folder / "link.mkv");
  request.replace = true;
  request.options.container = Container::mp4;
  const auto result = run(request);
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->code, "link");
  EXPECT_THAT(folder.files(), ElementsAre("b.mkv", "link.mkv"));
  request.output = folder / "link.mp4";  // as the command line names it
  EXPECT_TRUE(run(request).error);
  EXPECT_THAT(folder.files(), ElementsAre("b.mkv", "link.mkv"));
  EXPECT_EQ(folder.read("b.mkv"), before);
}

TEST_F(PoolEncodeTest, AFailedJobIsOneClearErrorAndDisturbsNoOther) {
  folder.write("text.mp4", "this is no video");
  auto good = pool->submit(encode(clip("a.mp4")));
  auto missing = run(encode(folder / "missing.mp4"));
  auto text = run(encode(folder / "text.mp4"));
  auto is_folder = run(encode(folder.path().string()));
  ASSERT_TRUE(missing.error);
  EXPECT_EQ(missing.error->kind, Failure::task);
  EXPECT_EQ(missing.error->stage, "open");
  EXPECT_EQ(missing.error->code, "ENOENT");
  EXPECT_EQ(status(missing), "failed");
  EXPECT_EQ(body(missing)["error"]["code"], "ENOENT");
  ASSERT_TRUE(text.error);
  EXPECT_FALSE(text.error->stage.empty());
  ASSERT_TRUE(is_folder.error);
  EXPECT_EQ(is_folder.error->code, "EISDIR");
  EXPECT_TRUE(good.result().ok());
  EXPECT_THAT(folder.files(), ElementsAre("a.hevc.mp4", "a.mp4", "text.mp4"));
}

TEST_F(PoolEncodeTest, ManyJobsAreAllDone) {
  std::vector<Job> jobs;
  for (int i = 0; i < 8; ++i) jobs.push_back(pool->submit(encode(clip("v" + std::to_string(i) + ".mp4"))));
  for (auto& job : jobs) {
    auto result = job.result(kLongest);
    ASSERT_TRUE(result);
    EXPECT_TRUE(result->ok()) << result->error->message;
  }
  EXPECT_EQ(folder.files().size(), 16U);
}

TEST_F(PoolEncodeTest, NamesAreBytes) {
  for (const std::string name : {"caf\xe9.mp4", "new\nline.mp4", "%d%s.mp4", "-o.mp4", "a\\b\"c.mp4"}) {
    auto result = run(encode(clip(name)));
    ASSERT_TRUE(result.ok()) << name << ": " << result.error->message;
    EXPECT_THAT(folder.files(), Contains(name.substr(0, name.size() - 4) + ".hevc.mp4"));
    EXPECT_FALSE(body(result).is_discarded());
  }
}

TEST_F(PoolEncodeTest, ADeadWorkerCostsOneAttempt) {
  std::atomic<int> kills{1};
  EncodeCallbacks callbacks{.on_start = [&](int worker) {
    if (kills-- > 0) ::kill(pool->worker_pids().at(static_cast<std::size_t>(worker)), SIGKILL);
  }};
  auto request = encode(clip("a.mp4", {.frames = 200}));
  request.options.preset = "slow";
  auto result = run(request, callbacks);
  ASSERT_TRUE(result.ok()) << result.error->message;
  EXPECT_EQ(body(result)["attempts"], 2);

  kills = 1;
  request.output_stem = folder / "b";
  request.retries = 0;
  auto failed = run(request, callbacks);
  ASSERT_TRUE(failed.error);
  EXPECT_EQ(failed.error->kind, Failure::crash);
  EXPECT_EQ(failed.error->code, "SIGKILL");
  // Where the signal met it, which is the scheduler's choice.
  EXPECT_THAT(failed.error->stage, AnyOf("open", "demux", "decode", "filter", "encode", "mux"));
  EXPECT_THAT(folder.files(), ElementsAre("a.hevc.mp4", "a.mp4"));
}

TEST_F(PoolEncodeTest, ASourceThatChangesIsNotCommitted) {
  auto path = clip("a.mp4", {.frames = 100});
  EncodeCallbacks callbacks{.on_start = [&](int) { ::truncate(path.c_str(), 1'000'000); }};
  auto request = encode(path);
  request.options.preset = "slow";
  auto result = run(request, callbacks);
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->code, "source_changed");
  EXPECT_THAT(folder.files(), ElementsAre("a.mp4"));
}

TEST_F(PoolEncodeTest, AnotherCopyOfTheJobMayWin) {
  EncodeCallbacks callbacks{.on_start = [&](int) { folder.write("a.hevc.mp4", "made elsewhere"); }};
  auto result = run(encode(clip("a.mp4")), callbacks);
  EXPECT_EQ(status(result), "skipped");
  EXPECT_THAT(reason(result), HasSubstr("another copy"));
  EXPECT_EQ(folder.read("a.hevc.mp4"), "made elsewhere");
}

TEST_F(PoolEncodeTest, CancelLeavesNothingBehind) {
  auto request = encode(clip("a.mp4", {.frames = 400}));
  request.options.preset = "placebo";
  std::promise<void> started;
  auto job = pool->submit(request, {.on_start = [&](int) { started.set_value(); }});
  ASSERT_EQ(started.get_future().wait_for(kLongest), std::future_status::ready);
  EXPECT_TRUE(job.cancel());
  auto result = job.result(kLongest);
  ASSERT_TRUE(result && result->error);
  EXPECT_EQ(result->error->kind, Failure::cancelled);
  EXPECT_EQ(status(*result), "cancelled");
  EXPECT_THAT(folder.files(), ElementsAre("a.mp4"));
  EXPECT_FALSE(job.cancel());
}

TEST_F(PoolEncodeTest, CancelAllEndsEveryJobAndThePoolGoesOn) {
  std::vector<Job> jobs;
  for (int i = 0; i < 6; ++i) {
    auto request = encode(clip("v" + std::to_string(i) + ".mp4", {.frames = 200}));
    request.options.preset = "placebo";
    jobs.push_back(pool->submit(request));
  }
  pool->cancel_all();
  for (auto& job : jobs) EXPECT_EQ(job.result(kLongest).value().error->kind, Failure::cancelled);
  EXPECT_TRUE(run(encode(clip("later.mp4"))).ok());
}

TEST_F(PoolEncodeTest, TheTimeLimitEndsTheJob) {
  auto request = encode(clip("a.mp4", {.frames = 400}));
  request.options.preset = "placebo";
  request.timeout = Seconds(0.3);
  auto result = run(request);
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->kind, Failure::timeout);
  EXPECT_THAT(folder.files(), ElementsAre("a.mp4"));
}

TEST_F(PoolEncodeTest, TheEndOfTheSupervisorIsTheEndOfTheJobs) {
  auto request = encode(clip("a.mp4", {.frames = 400}));
  request.options.preset = "placebo";
  auto running = pool->submit(request, {.on_start = [&](int) { ::kill(pool->supervisor_pid(), SIGKILL); }});
  auto result = running.result(kLongest);
  ASSERT_TRUE(result && result->error);
  EXPECT_EQ(result->error->kind, Failure::pool_lost);
  EXPECT_EQ(run(encode(clip("b.mp4"))).error->kind, Failure::pool_lost);
  EXPECT_THAT(folder.files(), ElementsAre("a.mp4", "b.mp4"));
}

TEST_F(PoolEncodeTest, ShutdownFinishesWhatWasSubmitted) {
  std::vector<Job> jobs;
  for (int i = 0; i < 3; ++i) jobs.push_back(pool->submit(encode(clip("v" + std::to_string(i) + ".mp4"))));
  pool->shutdown(Pool::Shutdown::drain);
  for (auto& job : jobs) EXPECT_TRUE(job.done() && job.result().ok());
  EXPECT_EQ(run(encode(folder / "v0.mp4")).error->kind, Failure::pool_lost);
}

TEST_F(PoolEncodeTest, DestructionCancelsWhatRuns) {
  auto request = encode(clip("a.mp4", {.frames = 400}));
  request.options.preset = "placebo";
  auto job = pool->submit(request);
  pool.reset();
  ASSERT_TRUE(job.done());
  EXPECT_EQ(job.result().error->kind, Failure::cancelled);
  EXPECT_FALSE(job.cancel());
  EXPECT_THAT(folder.files(), ElementsAre("a.mp4"));
}

TEST_F(PoolEncodeTest, ADryRunSaysWhatWouldHappenAndWritesNothing) {
  auto request = encode(clip("a.mp4"));
  request.output_stem = folder / "out/a";
  auto result = pool->submit(DryRun{request}).result(kLongest);
  ASSERT_TRUE(result && result->ok());
  auto planned = body(*result);
  EXPECT_EQ(planned["status"], "planned");
  EXPECT_EQ(planned["output"], folder / "out/a.mp4");
  EXPECT_EQ(planned["container"], "mp4");
  EXPECT_EQ(planned["width"], 160);
  EXPECT_EQ(planned["streams"][0]["action"], "encode");
  EXPECT_THAT(folder.files(), ElementsAre("a.mp4"));
}

TEST_F(PoolEncodeTest, AnOutputThatCannotBeMadeIsAnErrorOfThatJob) {
  auto request = encode(clip("a.mp4"));
  folder.write("out", "in the way");
  request.output_stem = folder / "out/a";
  auto result = run(request);
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->code, "ENOTDIR");
}

TEST_F(PoolEncodeTest, TheSourceIsNeverOverwrittenByAccident) {
  auto path = clip("a.mp4");
  auto before = folder.read("a.mp4");
  auto request = encode(path);
  request.output = path;
  request.overwrite = Overwrite::always;
  auto result = run(request);
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->code, "same_file");
  EXPECT_EQ(folder.read("a.mp4"), before);
}

TEST(ValidateTest, NamesWhatIsWrong) {
  Encode encode{.input = "a.mp4"};
  EXPECT_EQ(validate(encode), std::nullopt);
  encode.options.x265_params = "no-such-key=1";
  EXPECT_THAT(validate(encode).value_or(""), HasSubstr("no-such-key"));
  encode.options.x265_params = "";
  encode.options.audio = "mp3000:160k";
  EXPECT_THAT(validate(encode).value_or(""), HasSubstr("mp3000"));
  encode.options.audio = "copy";
  encode.options.crf = 77;
  EXPECT_THAT(validate(encode).value_or(""), HasSubstr("crf"));
  encode.options.crf = 28;
  encode.options.x265_params = "vbv-maxrate=2000:vbv-bufsize=2000";
  encode.options.threads = 2;
  EXPECT_EQ(validate(encode), std::nullopt);
  encode.split = 10;
  EXPECT_THAT(validate(encode).value_or(""), HasSubstr("VBV"));
}

}  // namespace
}  // namespace hevcpool::host
