// SPDX-License-Identifier: GPL-2.0-or-later
// Damaged video files through the real program: no hang, no death of host or supervisor, no partial output, and a
// reason for every failure. HEVCPOOL_FUZZ_FILES says how many (default 60), HEVCPOOL_FUZZ_SEED which,
// HEVCPOOL_FUZZ_KEEP where files that crash a worker or break a rule are kept, HEVCPOOL_MEDIA the real ones; HEVCPOOL_FUZZ_VERBOSE prints
// every answer.
#include "faults/matrix.h"
#include "faults/program.h"
#include "fuzz/mutate.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <set>

namespace hevcpool::fuzz {
namespace {

namespace fs = std::filesystem;
using faults::Finished;
using faults::number_from_environment;

constexpr std::uint64_t kBatch = 50;          // files in one run of the program
constexpr const char* kStallLimit = "20";     // seconds
constexpr auto kDeadline = std::chrono::seconds(240);

struct Clip {
  std::string name, bytes;
};

std::string slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Folder {
 public:
  Folder() {
    std::string name = ::testing::TempDir() + "hevcpool-fuzz.XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// What this ffmpeg cannot make is left out.
std::vector<Clip> made_by_ffmpeg(const std::vector<std::pair<std::string, std::string>>& recipes) {
  const Folder folder;
  std::vector<Clip> clips;
  for (const auto& [name, recipe] : recipes) {
    const fs::path to = folder.path() / name;
    const std::string command =
        fmt::format("timeout 60 ffmpeg -nostdin -loglevel quiet -y {} -bitexact '{}' 2>/dev/null", recipe, to.string());
    if (std::system(command.c_str()) != 0 || !fs::exists(to) || fs::file_size(to) == 0) continue;
    clips.push_back({name, slurp(to)});
  }
  return clips;
}

std::vector<Clip> generated_clips() {
  const std::string video = "-f lavfi -i testsrc2=s=128x96:r=25 -f lavfi -i sine=d=0.4 -t 0.4 -g 5 ";
  return made_by_ffmpeg({
      {"h264.mp4", video + "-c:v libx264 -c:a aac"},
      {"h264_fragmented.mp4", video + "-c:v libx264 -c:a aac -movflags frag_keyframe+empty_moov"},
      {"hevc.mp4", video + "-c:v libx265 -x265-params log-level=none -c:a aac"},
      {"hevc.mkv", video + "-c:v libx265 -x265-params log-level=none -c:a flac"},
      {"mpeg4.avi", video + "-c:v mpeg4 -bf 2 -c:a libmp3lame"},
      {"mpeg2.ts", video + "-c:v mpeg2video -bf 2 -c:a mp2"},
      {"mpeg2.mpg", video + "-c:v mpeg2video -c:a mp2"},
      {"h264.ts", video + "-c:v libx264 -c:a aac"},
      {"vp9.webm", video + "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus"},
      {"vp8.webm", video + "-c:v libvpx -deadline realtime -c:a libvorbis"},
      {"prores.mov", video + "-c:v prores_ks -c:a pcm_s16le"},
      {"dnxhd.mxf", "-f lavfi -i testsrc2=s=1280x720:r=25 -t 0.08 -c:v dnxhd -profile:v dnxhr_lb -pix_fmt yuv422p"},
      {"mjpeg.avi", video + "-c:v mjpeg -pix_fmt yuvj420p -c:a pcm_s16le"},
      {"flv1.flv", video + "-c:v flv1 -ar 44100 -c:a libmp3lame"},
      {"ffv1.mkv", video + "-c:v ffv1 -c:a aac"},
      {"theora.ogv", video + "-c:v libtheora -c:a libvorbis"},
      {"wmv2.wmv", video + "-c:v wmv2 -c:a wmav2"},
      {"h263.3gp", "-f lavfi -i testsrc2=s=176x144:r=25 -t 0.4 -c:v h263"},
      {"animated.gif", "-f lavfi -i testsrc2=s=64x48:r=10 -t 0.4"},
      {"animated.apng", "-f lavfi -i testsrc2=s=64x48:r=10 -t 0.4 -f apng"},
      {"raw.h264", "-f lavfi -i testsrc2=s=128x96:r=25 -t 0.4 -c:v libx264"},
      {"odd.y4m", "-f lavfi -i testsrc2=s=33x17:r=25 -t 0.2 -pix_fmt yuv420p"},
      {"subtitles.mkv", video + "-f lavfi -i anullsrc -map 0:v -map 1:a -c:v mpeg4 -metadata title=x -c:a aac"},
  });
}

std::vector<Clip> real_clips(const fs::path& media) {
  std::vector<std::pair<std::string, std::string>> recipes;
  std::set<fs::path> sources;
  for (const auto& entry : fs::directory_iterator(media))
    if (entry.is_regular_file() && entry.path().extension() != ".tsv") sources.insert(entry.path());
  for (const fs::path& source : sources) {
    std::string name = fmt::format("real{}{}", recipes.size(), source.extension().string());
    recipes.emplace_back(std::move(name), fmt::format("-i '{}' -t 0.5 -map 0:v:0? -map 0:a:0? -map 0:s? -c copy",
                                                      source.string()));
  }
  auto clips = made_by_ffmpeg(recipes);
  std::erase_if(clips, [](const Clip& clip) { return clip.bytes.size() > std::size_t{8} << 20; });
  return clips;
}

class Campaign {
 public:
  explicit Campaign(std::vector<Clip> clips) : clips_(std::move(clips)) {}

  void run(std::uint64_t files, std::uint64_t seed) {
    for (std::uint64_t first = 0; first < files; first += kBatch) {
      run_batch(seed, first, std::min(files, first + kBatch));
      if (::testing::Test::HasFatalFailure()) return;
    }
    report(files, seed);
  }

 private:
  void run_batch(std::uint64_t seed, std::uint64_t first, std::uint64_t last) {
    const Folder folder;
    const fs::path in = folder.path() / "in", out = folder.path() / "out";
    fs::create_directories(in);
    fs::create_directories(out);
    for (std::uint64_t i = first; i < last; ++i) make(seed, i, in);
    const Finished finished = faults::run(
        {.arguments = {"encode", in, "-o", out, "--preset", "ultrafast", "--json", "--reencode", "--retries", "0",
                       "--stall-timeout", kStallLimit, "--container", "mkv", "-j", "2"},
         .deadline = kDeadline});
    check(finished, in, out, last - first);
  }

  // A file depends on the seed and its number alone.
  void make(std::uint64_t seed, std::uint64_t number, const fs::path& in) const {
    std::seed_seq mixed{seed, number};
    Random random(mixed);
    const Clip& clip = clips_[number % clips_.size()];
    const Clip& donor = clips_[random() % clips_.size()];
    const std::string name = fmt::format("{:06}_{}", number, clip.name);
    std::ofstream(in / name, std::ios::binary) << damaged(clip.bytes, donor.bytes, random);
  }

  void check(const Finished& finished, const fs::path& in, const fs::path& out, std::uint64_t files) {
    if (finished.hung || finished.signal || finished.orphans || finished.events("summary").size() != 1) {
      keep_all(in);
      FAIL() << finished.describe();
    }
    const auto done = finished.events("done");
    std::set<std::string> outputs;
    for (const auto& event : done) note(event, in, outputs);
    EXPECT_LE(done.size(), files);
    for (const auto& entry : fs::recursive_directory_iterator(out)) {
      if (entry.is_directory() || entry.path().string().find("/.hevcpool/") != std::string::npos) continue;
      EXPECT_TRUE(outputs.contains(entry.path())) << "nobody answers for " << entry.path();
      if (!plays(entry.path())) {
        keep(in / entry.path().filename());
        ADD_FAILURE() << "a partial output: " << entry.path();
      }
    }
  }

  void note(const nlohmann::json& event, const fs::path& in, std::set<std::string>& outputs) {
    const std::string status = event.value("status", "?"), input = event.value("input", "");
    if (status == "ok") outputs.insert(event.value("output", ""));
    std::string outcome = status;
    if (status == "failed") {
      const auto error = event.value("error", nlohmann::json::object());
      const std::string kind = error.value("kind", ""), code = error.value("code", "");
      EXPECT_FALSE(code.empty() || error.value("message", "").empty()) << "no reason: " << event.dump();
      outcome = fmt::format("failed: {} {}", kind, code);
      if (kind == "crash" || kind == "timeout") keep(in / fs::path(input).filename());
    }
    if (std::getenv("HEVCPOOL_FUZZ_VERBOSE")) std::cout << event.dump() << "\n";
    ++outcomes_[outcome];
    ++files_;
  }

  // Decodes to its end without an error, by a program that is not ours.
  static bool plays(const fs::path& file) {
    const std::string command =
        fmt::format("timeout 60 ffmpeg -nostdin -v error -xerror -i '{}' -map 0:v:0 -f null - >/dev/null 2>&1", file.string());
    return std::system(command.c_str()) == 0;
  }

  static void keep(const fs::path& file) {
    const char* folder = std::getenv("HEVCPOOL_FUZZ_KEEP");
    if (folder == nullptr) return;
    fs::create_directories(folder);
    fs::copy(file, fs::path(folder) / file.filename(), fs::copy_options::overwrite_existing);
  }
  static void keep_all(const fs::path& in) {
    for (const auto& entry : fs::directory_iterator(in)) keep(entry.path());
  }

  void report(std::uint64_t files, std::uint64_t seed) const {
    std::cout << fmt::format("{} damaged files, seed {}, {} clips, {} answered\n", files, seed, clips_.size(), files_);
    for (const auto& [outcome, count] : outcomes_) std::cout << fmt::format("{:6}  {}\n", count, outcome);
  }

  std::vector<Clip> clips_;
  std::map<std::string, std::uint64_t> outcomes_;
  std::uint64_t files_ = 0;
};

TEST(MediaFuzzTest, DamagedGeneratedClips) {
  auto clips = generated_clips();
  ASSERT_GT(clips.size(), 5u) << "ffmpeg can make too little";
  Campaign(std::move(clips)).run(number_from_environment("HEVCPOOL_FUZZ_FILES", 60),
                                 number_from_environment("HEVCPOOL_FUZZ_SEED", 1));
}

TEST(MediaFuzzTest, DamagedRealClips) {
  const char* media = std::getenv("HEVCPOOL_MEDIA");
  if (media == nullptr || !fs::exists(media)) GTEST_SKIP() << "no real files: set HEVCPOOL_MEDIA";
  auto clips = real_clips(media);
  ASSERT_GT(clips.size(), 5u);
  Campaign(std::move(clips)).run(number_from_environment("HEVCPOOL_FUZZ_FILES", 60),
                                 number_from_environment("HEVCPOOL_FUZZ_SEED", 1));
}

}  // namespace
}  // namespace hevcpool::fuzz
