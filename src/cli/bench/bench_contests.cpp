// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/bench/bench_contests.h"

#include "cli/bench/bench_process.h"
#include "cli/bench/bench_quality.h"
#include "cli/bench/bench_turns.h"
#include "cli/bench/sample_clips.h"

#include <hevcpool/tasks.h>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

namespace hevcpool::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Files = std::vector<std::string>;

constexpr std::size_t kCompared = 200;  // outputs that are looked at, spread over all

Expected<std::string> write_lines(const std::string& path, const std::vector<std::string>& lines) {
  std::ofstream file(path);
  for (const std::string& line : lines) file << line << "\n";
  file.close();
  if (!file.good()) return fail("bench", "write", "cannot write " + path);
  return path;
}

std::string outputs_of(const OutputPlan& plan, const char* contestant) {
  std::string folder = plan.folder + "/out/" + contestant;
  std::error_code ignored;
  fs::create_directories(folder, ignored);
  return folder;
}

// `count` files, copies of the given ones or of made clips.
Expected<Files> inputs(const OutputPlan& plan, std::size_t count, bool short_ones) {
  Files originals = plan.files;
  if (originals.empty()) {
    std::string error;
    const auto pool = Pool::start({}, &error);
    if (!pool) return fail("bench", "pool", error);
    HEVCPOOL_ASSIGN(const auto made, make_samples(*pool, plan.folder + "/clips", short_ones ? short_samples(20) : mixed_samples(8)));
    HEVCPOOL_CHECK(finish_samples(made));
    for (const MadeClip& clip : made) originals.push_back(clip.path);
  }
  const fs::path folder = fs::path(plan.folder) / "in";
  std::error_code problem;
  fs::create_directories(folder, problem);
  Files out;
  for (std::size_t i = 0; i < count; ++i) {
    const fs::path from = originals[i % originals.size()];
    out.push_back(folder / fmt::format("{:04}{}", i, from.extension().native()));
    fs::copy_file(from, out.back(), fs::copy_options::skip_existing, problem);
    if (problem) return fail("bench", "copy", fmt::format("{}: {}", from.native(), problem.message()));
  }
  return out;
}

double seconds_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

// CPU seconds of the workers alone.
double workers_time(const std::vector<Job>& jobs) {
  double sum = 0;
  for (const Job& job : jobs) sum += job.result().usage.user_seconds + job.result().usage.system_seconds;
  return sum;
}

// The ceiling: libav alone, in a loop on each core, without any tool around it.
Expected<Turn> probe_in_process(const Files& files, unsigned cores) {
  std::string error;
  const auto pool = Pool::start({.workers = cores, .sandbox = false}, &error);
  if (!pool) return fail("bench", "pool", error);
  std::vector<json> parts(cores, json::array());
  for (std::size_t i = 0; i < files.size(); ++i) parts[i % cores].push_back(files[i]);
  const auto began = std::chrono::steady_clock::now();
  std::vector<Job> jobs;
  for (const json& part : parts) jobs.push_back(pool->submit("probe_loop", part.dump()));
  std::size_t read = 0;
  for (const Job& job : jobs) read += json::parse(job.result().body, nullptr, false).get<std::size_t>();
  if (read == 0) return fail("bench", "probe", "no file could be read");
  return Turn{seconds_since(began), workers_time(jobs), files.size()};
}

// Ours as a program has it that embeds the library: the pool is there already.
Expected<Turn> probe_by_library(const Files& files, unsigned cores) {
  std::string error;
  const auto pool = Pool::start({.workers = cores}, &error);
  if (!pool) return fail("bench", "pool", error);
  const auto began = std::chrono::steady_clock::now();
  std::vector<Job> jobs;
  for (const std::string& file : files) {
    Probe probe;
    probe.input = file;
    jobs.push_back(submit(*pool, probe));
  }
  for (const Job& job : jobs) job.result();
  return Turn{seconds_since(began), workers_time(jobs), files.size()};
}

Expected<Contest> probes(const OutputPlan& plan) {
  HEVCPOOL_ASSIGN(const Files files, inputs(plan, 1000, true));
  HEVCPOOL_ASSIGN(const auto list, write_lines(plan.folder + "/list.txt", files));
  constexpr const char* kProbe = R"(exec ffprobe -v error -show_format -show_streams -show_chapters -of json "$1")";
  const unsigned cores = plan.cores;
  return Contest{files.size(),
                 {our_program("hevcpool probe", {"probe", "-j", std::to_string(cores), "@" + list}, files.size()),
                  {kPoolAlone, "", "", [files, cores] { return probe_by_library(files, cores); }},
                  {kCeiling, "", "", [files, cores] { return probe_in_process(files, cores); }},
                  by_xargs("ffprobe", kProbe, {files, 1}, cores)},
                 {}};
}

// SSIM of the pictures that both should have made.
std::vector<std::string> compare_pictures(const std::string& ours, const std::string& theirs, std::size_t count) {
  double least = 2;
  std::size_t compared = 0, missing = 0;
  for (std::size_t i = 0; i < count; i += std::max<std::size_t>(1, count / kCompared)) {
    const std::string name = fmt::format("/{}.jpg", i);
    const double value = ssim_of(ours + name, theirs + name);
    ++(value > 0 ? compared : missing);
    if (value > 0) least = std::min(least, value);
  }
  if (compared == 0) return {"no two pictures could be compared"};
  std::string note = fmt::format("{} pictures compared with ffmpeg's: SSIM {:.4f} or more", compared, least);
  if (missing > 0) note += fmt::format("; {} are missing, or of another size", missing);
  return {note};
}

std::string thumbnail_job(const std::string& input, const std::string& moment, const std::string& output, bool nearest) {
  json job{{"task", "thumbnail"}, {"input", input}, {"at", {moment}}, {"outputs", {output}}, {"overwrite", "always"}};
  if (nearest) job["nearest"] = true;
  return job.dump();
}

Expected<Contest> thumbnails(const OutputPlan& plan) {
  constexpr unsigned kPictures = 200;
  HEVCPOOL_ASSIGN(const Files files, inputs(plan, plan.files.empty() ? 8 : plan.files.size(), false));
  const std::string ours = outputs_of(plan, "exact"), key_frames = outputs_of(plan, "nearest"),
                    theirs = outputs_of(plan, "ffmpeg");
  std::vector<std::string> exact, nearest, words;
  for (unsigned i = 0; i < kPictures; ++i) {
    const std::string moment = fmt::format("{:.2f}", 0.1 + i * 0.009), name = fmt::format("/{}.jpg", i);
    const std::string& file = files[i % files.size()];
    exact.push_back(thumbnail_job(file, moment, ours + name, false));
    nearest.push_back(thumbnail_job(file, moment, key_frames + name, true));
    words.insert(words.end(), {moment, file, theirs + name});
  }
  HEVCPOOL_ASSIGN(const auto exactly, write_lines(plan.folder + "/exact.jsonl", exact));
  HEVCPOOL_ASSIGN(const auto roughly, write_lines(plan.folder + "/nearest.jsonl", nearest));
  constexpr const char* kOne = R"(exec ffmpeg -nostdin -v error -y -threads 1 -ss "$1" -i "$2" -frames:v 1 "$3")";
  const std::string cores = std::to_string(plan.cores);
  return Contest{kPictures,
                 {our_program("hevcpool thumbnail", {"batch", "--quiet", "-j", cores, exactly}, kPictures, ours),
                  our_program("hevcpool --nearest", {"batch", "--quiet", "-j", cores, roughly}, kPictures, key_frames),
                  by_xargs("ffmpeg", kOne, {words, 3}, plan.cores, theirs)},
                 [=] { return compare_pictures(ours, theirs, kPictures); }};
}

constexpr const char* kPillow = R"(
import sys
from concurrent.futures import ProcessPoolExecutor
from PIL import Image
def convert(pair): Image.open(pair[0]).convert("L").save(pair[1], quality=85)
if __name__ == "__main__":
    lines = sys.stdin.read().split("\0")
    with ProcessPoolExecutor(int(sys.argv[1])) as pool: list(pool.map(convert, zip(lines[0::2], lines[1::2]), chunksize=4))
)";

// The first python3 that has Pillow; empty: none.
std::string python_with_pillow() {
  for (const char* python : {"python3", "/usr/bin/python3"})
    if (!find_program(python).empty() && measure({{python, "-c", "import PIL"}, ""})) return python;
  return {};
}

Contestant by_pillow(const Files& files, const OutputPlan& plan) {
  const std::string folder = outputs_of(plan, "pillow"), python = python_with_pillow();
  Command command{{python, "-c", kPillow, std::to_string(plan.cores)}, ""};
  for (std::size_t i = 0; i < files.size(); ++i)
    command.input += (i == 0 ? "" : std::string(1, '\0')) + files[i] + '\0' + fmt::format("{}/{}.jpg", folder, i);
  auto contestant = by_program("Pillow process pool", std::move(command), files.size(), folder);
  if (python.empty()) contestant.missing = "python3 with Pillow (python3-pil)";
  return contestant;
}

// Photographs: large pictures of the clips.
Expected<Files> photographs(const OutputPlan& plan) {
  constexpr std::size_t kPhotographs = 500;
  if (!plan.files.empty()) return inputs(plan, kPhotographs, false);
  HEVCPOOL_ASSIGN(const Files clips, inputs(plan, 8, false));
  OutputPlan made = plan;
  Command command{{"/proc/self/exe", "thumbnail", "--quiet", "--overwrite", "-n", "4", "--width", "2000", "-o", plan.folder + "/photos"}, ""};
  command.words.insert(command.words.end(), clips.begin(), clips.end());
  HEVCPOOL_CHECK(measure(command));
  for (const auto& entry : fs::directory_iterator(plan.folder + "/photos")) made.files.push_back(entry.path());
  std::ranges::sort(made.files);
  made.folder += "/copies";
  return inputs(made, kPhotographs, false);
}

Expected<Contest> images(const OutputPlan& plan) {
  HEVCPOOL_ASSIGN(const Files files, photographs(plan));
  HEVCPOOL_ASSIGN(const auto list, write_lines(plan.folder + "/list.txt", files));
  const std::string ours = outputs_of(plan, "ours"), theirs = outputs_of(plan, "ffmpeg");
  std::vector<std::string> words;
  for (std::size_t i = 0; i < files.size(); ++i) words.insert(words.end(), {files[i], fmt::format("{}/{}.jpg", theirs, i)});
  constexpr const char* kOne = R"(exec ffmpeg -nostdin -v error -y -threads 1 -i "$1" -vf format=gray "$2")";
  return Contest{files.size(),
                 {our_program("hevcpool image", {"image", "--quiet", "--overwrite", "--grey", "-j", std::to_string(plan.cores),
                                                 "-o", ours + "/", "@" + list}, files.size(), ours),
                  by_pillow(files, plan), by_xargs("ffmpeg", kOne, {words, 2}, plan.cores, theirs)},
                 {}};
}

// What ffmpeg reads from the first sound track; empty: nothing.
std::string packets_of(const std::string& path) {
  const auto hashed = measure({{"ffmpeg", "-nostdin", "-v", "quiet", "-i", path, "-map", "0:a:0", "-c", "copy", "-f",
                                "streamhash", "pipe:2"}, ""});
  return hashed ? hashed->said : "";
}

std::vector<std::string> compare_packets(const Files& files, const std::string& ours, const std::string& theirs) {
  std::map<std::string, std::string> made;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(ours, none)) made[entry.path().stem().native()] = entry.path().native();
  std::size_t same = 0, compared = 0;
  for (std::size_t i = 0; i < files.size(); i += std::max<std::size_t>(1, files.size() / kCompared)) {
    const std::string wanted = packets_of(fmt::format("{}/{}.mka", theirs, i));
    if (wanted.empty()) continue;
    ++compared;
    same += packets_of(made[fs::path(files[i]).stem().native()]) == wanted;
  }
  return {fmt::format("{} of {} files compared have the packets of ffmpeg's, byte for byte", same, compared)};
}

Expected<Contest> sound(const OutputPlan& plan) {
  HEVCPOOL_ASSIGN(const Files files, inputs(plan, 2000, true));
  HEVCPOOL_ASSIGN(const auto list, write_lines(plan.folder + "/list.txt", files));
  const std::string ours = outputs_of(plan, "ours"), theirs = outputs_of(plan, "ffmpeg");
  std::vector<std::string> words;
  for (std::size_t i = 0; i < files.size(); ++i) words.insert(words.end(), {files[i], fmt::format("{}/{}.mka", theirs, i)});
  constexpr const char* kOne = R"(exec ffmpeg -nostdin -v error -y -i "$1" -vn -c:a copy "$2")";
  return Contest{files.size(),
                 {our_program("hevcpool audio", {"audio", "--quiet", "--overwrite", "-j", std::to_string(plan.cores), "-o",
                                                 ours + "/", "@" + list}, files.size(), ours),
                  by_xargs("ffmpeg", kOne, {words, 2}, plan.cores, theirs)},
                 [=] { return compare_packets(files, ours, theirs); }};
}

}  // namespace

const std::vector<SmallScenario>& small_scenarios() {
  static const std::vector<SmallScenario> all = {{"probe", "metadata of 1000 files", probes},
                                                 {"thumbnails", "200 pictures of videos", thumbnails},
                                                 {"images", "500 photographs to shades of grey", images},
                                                 {"audio", "the sound of 2000 files, copied", sound}};
  return all;
}

}  // namespace hevcpool::cli
