// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/bench/sample_clips.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>
#include <variant>

namespace hevcpool::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPart = ".part";  // of a name until its file is whole

// {0}: size, {1}: rate, {2}: seconds. A little noise, as every camera has: without it encoders have too easy a life.
constexpr std::array kPictures = {
    "testsrc2=size={0}:rate={1}:duration={2},noise=alls=4:allf=t:all_seed=1",
    "mandelbrot=size={0}:rate={1}:end_scale=0.05,trim=duration={2},noise=alls=4:allf=t:all_seed=2",
    "mandelbrot=size={0}:rate={1}:start_x=-0.1592:start_y=-1.0317:start_scale=0.6:end_scale=0.01,trim=duration={2},"
    "hue=h=20*t,noise=alls=3:allf=t:all_seed=3",
    "life=size={0}:rate={1}:mold=10:ratio=0.2:seed=5:death_color=#203080:life_color=#e0e0a0,trim=duration={2},"
    "boxblur=1",
};

std::string picture(unsigned kind, double seconds, SampleSize size) {
  const std::string shape = fmt::format("{}x{}", size.width, size.height);
  return fmt::format(fmt::runtime(kPictures[kind % kPictures.size()]), shape, size.rate, seconds);
}

// The pool reads and closes it; opened anew for each attempt, empty.
std::variant<std::vector<int>, TaskError> open_target(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return TaskError{"open", errno_name(errno), fmt::format("cannot write '{}'", path), {}};
  return std::vector<int>{fd};
}

Job submit(Pool& pool, const std::string& path, const SampleClip& clip) {
  Submission submission;
  submission.task = "sample";
  submission.argument = nlohmann::json{{"video", clip.video}, {"audio", clip.audio}}.dump();
  submission.open_descriptors = [part = path + std::string(kPart)](unsigned) { return open_target(part); };
  return pool.submit(std::move(submission));
}

}  // namespace

SampleClip sample_clip(unsigned kind, double seconds, SampleSize size) {
  return {fmt::format("sample-{}.mp4", kind + 1), picture(kind, seconds, size),
          fmt::format("sine=frequency={}:duration={}:sample_rate=48000", 220 + 55 * (kind % 8), seconds)};
}

std::vector<SampleClip> mixed_samples(unsigned count) {
  constexpr std::array kSizes = {SampleSize{640, 360, 24}, SampleSize{854, 480, 25}, SampleSize{480, 270, 30},
                                 SampleSize{720, 404, 24}};
  constexpr std::array kSeconds = {4, 2, 8, 3, 6, 2, 10, 5};
  std::vector<SampleClip> clips;
  for (unsigned i = 0; i < count; ++i)
    clips.push_back(sample_clip(i, kSeconds[i % kSeconds.size()], kSizes[i / 2 % kSizes.size()]));
  return clips;
}

std::vector<SampleClip> short_samples(unsigned count) {
  std::vector<SampleClip> clips;
  for (unsigned i = 0; i < count; ++i) clips.push_back(sample_clip(i, 0.5 * (1 + i % 4), {192, 108, 24}));
  return clips;
}

Expected<std::vector<MadeClip>> make_samples(Pool& pool, const std::string& folder,
                                             const std::vector<SampleClip>& clips) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return fail_errno("open", fmt::format("cannot make the folder '{}'", folder), error.value());
  std::vector<MadeClip> made;
  for (const SampleClip& clip : clips) {
    const std::string path = (fs::path(folder) / clip.name).native();
    made.push_back({path, fs::exists(path, error) ? Job() : submit(pool, path, clip)});
  }
  return made;
}

Expected<void> finish_samples(const std::vector<MadeClip>& clips) {
  std::optional<Error> first;
  for (const MadeClip& clip : clips) {
    if (!clip.job) continue;
    const JobResult result = clip.job.result();
    const std::string part = clip.path + std::string(kPart);
    if (result.ok() && ::rename(part.c_str(), clip.path.c_str()) == 0) continue;
    ::unlink(part.c_str());
    const JobError error = result.error.value_or(JobError{Failure::task, "commit", errno_name(errno), "rename", {}});
    if (!first) first = Error{error.stage, error.code, clip.path + ": " + error.message};
  }
  if (first) return Unexpected(*first);
  return {};
}

}  // namespace hevcpool::cli
