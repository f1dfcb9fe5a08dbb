// SPDX-License-Identifier: GPL-2.0-or-later
// Jobs of one step through real worker processes.
#include <hevcpool/tasks.h>

#include "folder.h"
#include "support/clip_file.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ranges>

namespace hevcpool::host {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Seconds kLongestJob{100};

// Adds up the first sample of every frame, and crashes where it is told to.
FrameFunction sum_first_samples(std::string_view argument) {
  const auto sum = std::make_shared<std::int64_t>(0);  // shared by the two functions
  const auto last = json::parse(argument).value("last", std::int64_t{1000});
  return {.frame = [sum, last](const FrameView& frame) {
            *sum += frame.planes[0][0];
            return frame.index < last;
          },
          .finish = [sum] { return std::to_string(*sum); }};
}

class SmallJobsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string error;
    PoolOptions options{.workers = 2, .grace = Seconds(2)};
    options.tasks["sum"] = frame_task(sum_first_samples, "gray");
    options.tasks["plus_one"] = [](TaskContext& context) -> TaskResult {
      return std::to_string(std::stoi(std::string(context.argument())) + 1);
    };
    pool = Pool::start(std::move(options), &error);
    ASSERT_TRUE(pool) << error;
  }
  std::string clip(const std::string& name) {
    test::MadeFile spec;
    spec.audios.resize(2);
    folder.write(name, test::content(test::make_file(spec).get()));
    return folder / name;
  }
  JobResult run(const AnyTask& request) {
    EXPECT_FALSE(validate(request));
    auto result = submit(*pool, request).result(kLongestJob);
    EXPECT_TRUE(result) << "not done in time";
    return result.value_or(JobResult{});
  }
  json body(const AnyTask& request) {
    const auto result = run(request);
    EXPECT_TRUE(result.ok()) << result.error->message;
    return json::parse(result.body);
  }
  bool is_file(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && status.st_size > 0;
  }

  Folder folder;
  std::unique_ptr<Pool> pool;
};

TEST_F(SmallJobsTest, ProbeGivesTheDocument) {
  const auto done = body(Probe{.input = clip("a.mp4")});
  EXPECT_EQ(done["status"], "ok");
  EXPECT_EQ(done["result"]["format"]["filename"], folder / "a.mp4");
  EXPECT_EQ(done["result"]["streams"].size(), 3u);
}

TEST_F(SmallJobsTest, CallbacksHearOfStartAndProgress) {
  std::atomic<int> worker{-1}, heard{0};
  const Job job = submit(*pool, Frames{.input = clip("a.mp4"), .luma = true},
                         {.on_start = [&](int slot) { worker = slot; }, .on_progress = [&](const EncodeProgress&) { ++heard; }});
  ASSERT_TRUE(job.result(kLongestJob));
  pool->shutdown();
  EXPECT_GE(worker, 0);
  EXPECT_GE(heard, 1);
}

TEST_F(SmallJobsTest, MapOverARange) {
  const auto numbers = std::views::iota(0, 100) | std::views::transform([](int n) { return std::to_string(n); });
  const auto results = pool->map("plus_one", numbers, 7);
  ASSERT_EQ(results.size(), 100u);
  for (std::size_t i = 0; i < results.size(); ++i) EXPECT_EQ(results[i].body, std::to_string(i + 1));
}

TEST_F(SmallJobsTest, ThumbnailsGetTheirNamesOnlyWhenComplete) {
  const auto input = clip("a.mp4");
  const auto done = body(Thumbnail{.input = input, .count = 2});
  EXPECT_THAT(done["outputs"], ElementsAre(folder / "a.thumb-1.jpg", folder / "a.thumb-2.jpg"));
  EXPECT_TRUE(is_file(folder / "a.thumb-1.jpg"));
  EXPECT_TRUE(is_file(folder / "a.thumb-2.jpg"));
  EXPECT_EQ(body(Thumbnail{.input = input, .count = 2})["status"], "skipped");
  EXPECT_EQ(body(Thumbnail{.input = input, .count = 2, .overwrite = Overwrite::always})["status"], "ok");
}

TEST_F(SmallJobsTest, AudioTracksAreNamedByWhatTheyAre) {
  const auto done = body(AudioExtract{.input = clip("a.mp4"), .all_tracks = true});
  EXPECT_THAT(done["outputs"], ElementsAre(folder / "a.0.m4a", folder / "a.1.m4a"));
  EXPECT_TRUE(is_file(folder / "a.1.m4a"));
}

TEST_F(SmallJobsTest, ClipsAndImagesAndFrameLists) {
  const auto input = clip("a.mp4");
  EXPECT_EQ(body(Clip{.input = input, .duration = 0.5})["output"], folder / "a.clip.mp4");
  EXPECT_TRUE(is_file(folder / "a.clip.mp4"));
  body(Thumbnail{.input = input});
  body(Image{.input = folder / "a.thumb.jpg", .output = folder / "grey.png", .picture = {.grey = true}});
  EXPECT_TRUE(is_file(folder / "grey.png"));
  const auto frames = body(Frames{.input = input, .output = folder / "list.csv", .luma = true});
  EXPECT_EQ(frames["result"]["frames"], 25);
  EXPECT_TRUE(is_file(folder / "list.csv"));
}

TEST_F(SmallJobsTest, TheProgramsOwnFunctionSeesEveryFrame) {
  const auto done = body(Frames{.input = clip("a.mp4"), .function = "sum", .argument = R"({"last": 9})"});
  EXPECT_EQ(done["result"]["frames"], 10);
  EXPECT_GT(done["result"]["value"], 0);
}

TEST_F(SmallJobsTest, FailuresSayWhereAndLeaveNothing) {
  folder.write("text.mp4", "no media");
  const auto unreadable = run(Thumbnail{.input = folder / "text.mp4"});
  ASSERT_FALSE(unreadable.ok());
  EXPECT_EQ(unreadable.error->stage, "open");
  const auto missing = run(Probe{.input = folder / "none.mp4"});
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error->code, "ENOENT");
  EXPECT_FALSE(is_file(folder / "text.thumb.jpg"));
}

TEST_F(SmallJobsTest, NothingIsMadeOfASourceThatChangesWhileItIsRead) {
  const auto input = clip("a.mp4"), reference = clip("b.mp4");
  const std::vector<AnyTask> requests{
      Probe{.input = input},
      Thumbnail{.input = input},
      Clip{.input = input, .mode = ClipMode::exact},
      AudioExtract{.input = input},
      Image{.input = input, .output = folder / "a.png"},
      Frames{.input = input, .output = folder / "list.csv", .luma = true},
      Frames{.input = reference, .reference = input, .psnr = true},
  };
  const auto grow = [&](int) { std::ofstream(input, std::ios::app) << "more"; };
  for (const AnyTask& request : requests) {
    SCOPED_TRACE(name_of(request));
    const auto result = submit(*pool, request, {.on_start = grow}).result(kLongestJob);
    ASSERT_TRUE(result);
    ASSERT_TRUE(result->error) << result->body;
    EXPECT_EQ(result->error->stage, "commit");
    EXPECT_EQ(result->error->code, "source_changed");
    const bool of_reference = input_of(request) != input;
    EXPECT_THAT(result->error->message, HasSubstr(of_reference ? "a.mp4" : "the source changed"));
    EXPECT_EQ(json::parse(result->body)["input"], input_of(request));
    EXPECT_THAT(folder.files(), ElementsAre("a.mp4", "b.mp4"));
  }
}

TEST_F(SmallJobsTest, AnInputIsNeverOverwritten) {
  const auto input = clip("a.mp4");
  const auto result = run(Clip{.input = input, .output = input, .overwrite = Overwrite::always});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error->code, "same_file");
}

TEST_F(SmallJobsTest, AnOutputThatIsTheInputExistsAlready) {
  const auto track = body(AudioExtract{.input = clip("a.mp4")})["output"].get<std::string>();
  EXPECT_EQ(body(AudioExtract{.input = track})["status"], "skipped");
  const auto over = run(AudioExtract{.input = track, .overwrite = Overwrite::always});
  ASSERT_FALSE(over.ok());
  EXPECT_EQ(over.error->code, "same_file");
}

TEST_F(SmallJobsTest, NorIsAReferenceThroughWhateverName) {
  const auto input = clip("a.mp4"), reference = clip("b.mp4");
  const auto before = folder.read("b.mp4");
  std::filesystem::create_symlink("b.mp4", folder / "link.csv");
  std::filesystem::create_hard_link(reference, folder / "hard.csv");
  for (const char* name : {"b.mp4", "./b.mp4", "link.csv", "hard.csv"}) {
    const auto result = run(Frames{.input = input, .reference = reference, .output = folder / name, .psnr = true,
                                   .overwrite = Overwrite::always});
    ASSERT_FALSE(result.ok()) << name;
    EXPECT_EQ(result.error->code, "same_file") << name;
    EXPECT_EQ(folder.read("b.mp4"), before) << name;
  }
}

TEST_F(SmallJobsTest, ManyAtOnceAllEnd) {
  const auto input = clip("a.mp4");
  std::vector<Job> jobs;
  for (int i = 0; i < 200; ++i) jobs.push_back(submit(*pool, Probe{.input = input}));
  for (const Job& job : jobs) {
    const auto result = job.result(kLongestJob);
    ASSERT_TRUE(result);
    EXPECT_TRUE(result->ok());
  }
}

TEST(RequestTest, ReadsChecksAndNames) {
  const auto request = parse_task(R"({"task": "thumbnail", "input": "x/a.mp4"})", R"({"thumbnail": {"count": 2}})");
  ASSERT_TRUE(std::holds_alternative<AnyTask>(request));
  const auto& task = std::get<AnyTask>(request);
  EXPECT_EQ(name_of(task), "thumbnail");
  EXPECT_EQ(input_of(task), "x/a.mp4");
  EXPECT_THAT(inputs_of(Frames{.input = "a", .reference = "b", .ssim = true}), ElementsAre("a", "b"));
  EXPECT_THAT(outputs_of(task), ElementsAre("x/a.thumb-1.jpg", "x/a.thumb-2.jpg"));
  EXPECT_THAT(possible_outputs_of(task), ElementsAre("x/a.thumb-1.jpg", "x/a.thumb-2.jpg"));
  EXPECT_THAT(possible_outputs_of(Encode{.input = "a.avi"}), ElementsAre("a.hevc.mp4", "a.hevc.mkv", "a.hevc.mov"));
  EXPECT_EQ(std::get<FieldError>(parse_task("{")).field, "");
  EXPECT_EQ(std::get<FieldError>(parse_task(R"({"task": "probe"})")).field, "input");
}

TEST(RequestTest, PathsThatAreNoTextComeBackAsTheyWere) {
  const std::string name = "x\xff%.jpg";
  const std::vector<AnyTask> requests{
      Encode{.input = name, .output = name, .output_stem = name}, Probe{.input = name},
      Thumbnail{.input = name, .outputs = {"a.jpg", name}, .count = 2},
      Thumbnail{.input = name, .outputs = {name}, .columns = 1, .map = name},
      Clip{.input = name, .output = name}, AudioExtract{.input = name, .output = name},
      Image{.input = name, .output = name}, Frames{.input = name, .reference = name, .output = name}};
  for (const AnyTask& request : requests) {
    const std::string text = to_json(request);
    const auto again = parse_task(text);
    ASSERT_TRUE(std::holds_alternative<AnyTask>(again)) << std::get<FieldError>(again).field << text;
    const auto& task = std::get<AnyTask>(again);
    EXPECT_EQ(to_json(task), text);
    EXPECT_EQ(inputs_of(task), inputs_of(request));
    EXPECT_EQ(outputs_of(task), outputs_of(request));
  }
  EXPECT_NE(to_json(Probe{.input = "x\xff"}), to_json(Probe{.input = "x\xfe"}));
}

}  // namespace
}  // namespace hevcpool::host
