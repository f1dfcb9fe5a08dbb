// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/bench_small.h"

#include "cli/bench_process.h"
#include "cli/bench_report.h"
#include "cli/sample_clips.h"
#include "cli/statistics.h"

#include <hevcpool/pool.h>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <unistd.h>

namespace hevcpool::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Files = std::vector<std::string>;

struct Contestant {
  std::string name, needs;
  std::function<Expected<double>()> run;  // seconds
};

std::string ours() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored).native();
}

Contestant program(std::string name, std::string needs, Command command) {
  return {std::move(name), std::move(needs), [command = std::move(command)]() -> Expected<double> {
            HEVCPOOL_ASSIGN(const Measured measured, measure(command));
            return measured.wall;
          }};
}

// One process for each line of `words_per_run` words, as many at once as there are cores.
Contestant by_xargs(const std::string& tool, const std::string& script, const std::vector<std::string>& words,
                    unsigned words_per_run, unsigned cores) {
  Command command{{"xargs", "-0", "-n", std::to_string(words_per_run), "-P", std::to_string(cores), "sh", "-c", script, "sh"}, ""};
  for (const std::string& word : words) command.input += word + '\0';
  return program("xargs " + tool, tool, std::move(command));
}

Expected<std::string> write_lines(const std::string& path, const std::vector<std::string>& lines) {
  std::ofstream file(path);
  for (const std::string& line : lines) file << line << "\n";
  file.close();
  if (!file.good()) return fail("bench", "write", "cannot write " + path);
  return path;
}

// `count` files, copies of the given ones or of made clips.
Expected<Files> inputs(const SmallPlan& plan, std::size_t count, bool short_ones) {
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
    if (problem) return fail("bench", "copy", problem.message());
  }
  return out;
}

// The ceiling: libav alone, in a loop on each core, without any tool around it.
Expected<double> probe_in_process(const Files& files, unsigned cores) {
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
  if (read != files.size()) return fail("bench", "probe", fmt::format("{} of {} files were read", read, files.size()));
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

Expected<std::vector<Contestant>> probes(const SmallPlan& plan) {
  HEVCPOOL_ASSIGN(const Files files, inputs(plan, 1000, true));
  HEVCPOOL_ASSIGN(const auto list, write_lines(plan.folder + "/list.txt", files));
  return std::vector<Contestant>{
      program("hevcpool probe", "", {{ours(), "probe", "@" + list}, ""}),
      {"in-process", "", [files, cores = plan.cores] { return probe_in_process(files, cores); }},
      by_xargs("ffprobe", R"(exec ffprobe -v error -show_format -show_streams -show_chapters -of json "$1")", files, 1,
               plan.cores)};
}

Expected<std::vector<Contestant>> thumbnails(const SmallPlan& plan) {
  HEVCPOOL_ASSIGN(const Files files, inputs(plan, plan.files.empty() ? 8 : plan.files.size(), false));
  std::vector<std::string> exact, nearest, words;
  for (unsigned i = 0; i < 200; ++i) {
    const std::string moment = fmt::format("{:.2f}", 0.1 + i * 0.009), out = fmt::format("{}/out/{}.jpg", plan.folder, i);
    json job{{"task", "thumbnail"}, {"input", files[i % files.size()]}, {"at", {moment}}, {"outputs", {out}},
             {"overwrite", "always"}};
    exact.push_back(job.dump());
    job["nearest"] = true;
    nearest.push_back(job.dump());
    words.insert(words.end(), {moment, files[i % files.size()], out});
  }
  HEVCPOOL_ASSIGN(const auto exactly, write_lines(plan.folder + "/exact.jsonl", exact));
  HEVCPOOL_ASSIGN(const auto roughly, write_lines(plan.folder + "/nearest.jsonl", nearest));
  return std::vector<Contestant>{
      program("hevcpool thumbnail", "", {{ours(), "batch", "--quiet", exactly}, ""}),
      program("hevcpool --nearest", "", {{ours(), "batch", "--quiet", roughly}, ""}),
      by_xargs("ffmpeg", R"(exec ffmpeg -nostdin -v error -y -threads 1 -ss "$1" -i "$2" -frames:v 1 "$3")", words, 3,
               plan.cores)};
}

constexpr const char* kPillow = R"(
import sys
from concurrent.futures import ProcessPoolExecutor
from PIL import Image
def convert(pair): Image.open(pair[0]).convert("L").save(pair[1], quality=85)
if __name__ == "__main__":
    lines = sys.stdin.read().split("\0")
    with ProcessPoolExecutor(int(sys.argv[1])) as pool: list(pool.map(convert, zip(lines[0::2], lines[1::2])))
)";

// Photographs: large pictures of the clips.
Expected<Files> photographs(const SmallPlan& plan) {
  if (!plan.files.empty()) return inputs(plan, 500, false);
  HEVCPOOL_ASSIGN(const Files clips, inputs(plan, 8, false));
  SmallPlan made = plan;
  Command command{{ours(), "thumbnail", "--quiet", "--overwrite", "-n", "4", "--width", "2000", "-o", plan.folder + "/photos"}, ""};
  command.words.insert(command.words.end(), clips.begin(), clips.end());
  HEVCPOOL_CHECK(measure(command));
  for (const auto& entry : fs::directory_iterator(plan.folder + "/photos")) made.files.push_back(entry.path());
  std::ranges::sort(made.files);
  made.folder += "/copies";
  return inputs(made, 500, false);
}

Expected<std::vector<Contestant>> images(const SmallPlan& plan) {
  HEVCPOOL_ASSIGN(const Files files, photographs(plan));
  HEVCPOOL_ASSIGN(const auto list, write_lines(plan.folder + "/list.txt", files));
  std::vector<std::string> words;
  std::string pillow;
  for (std::size_t i = 0; i < files.size(); ++i) {
    words.insert(words.end(), {files[i], fmt::format("{}/out/{}.jpg", plan.folder, i)});
    pillow += (pillow.empty() ? "" : std::string(1, '\0')) + files[i] + '\0' + words.back();
  }
  return std::vector<Contestant>{
      program("hevcpool image", "", {{ours(), "image", "--quiet", "--overwrite", "--grey", "-o", plan.folder + "/out/", "@" + list}, ""}),
      program("Pillow pool", "python3", {{"python3", "-c", kPillow, std::to_string(plan.cores)}, pillow}),
      by_xargs("ffmpeg", R"(exec ffmpeg -nostdin -v error -y -threads 1 -i "$1" -vf format=gray "$2")", words, 2, plan.cores)};
}

Expected<std::vector<Contestant>> sound(const SmallPlan& plan) {
  HEVCPOOL_ASSIGN(const Files files, inputs(plan, 2000, true));
  HEVCPOOL_ASSIGN(const auto list, write_lines(plan.folder + "/list.txt", files));
  std::vector<std::string> words;
  for (std::size_t i = 0; i < files.size(); ++i)
    words.insert(words.end(), {files[i], fmt::format("{}/out/{}.m4a", plan.folder, i)});
  return std::vector<Contestant>{
      program("hevcpool audio", "", {{ours(), "audio", "--quiet", "--overwrite", "-o", plan.folder + "/out/", "@" + list}, ""}),
      by_xargs("ffmpeg", R"(exec ffmpeg -nostdin -v error -y -i "$1" -vn -c:a copy "$2")", words, 2, plan.cores)};
}

struct Small {
  const char *name, *about;
  Expected<std::vector<Contestant>> (*contestants)(const SmallPlan& plan);
};
constexpr Small kSmall[] = {{"probe", "metadata of 1000 files", probes},
                            {"thumbnails", "200 pictures of videos", thumbnails},
                            {"images", "500 photographs to shades of grey", images},
                            {"audio", "the sound of 2000 files, copied", sound}};

// Turn by turn, so that whatever else the machine does meets all alike.
Expected<SmallFigures> run_rounds(const SmallPlan& plan, const std::vector<Contestant>& contestants) {
  SmallFigures figures{.scenario = plan.scenario, .about = {}, .peers = {}};
  for (const Contestant& each : contestants)
    figures.peers.push_back({each.name, !each.needs.empty() && find_program(each.needs).empty() ? each.needs : "", {}});
  for (unsigned round = 0; round < plan.rounds; ++round)
    for (std::size_t i = 0; i < contestants.size(); ++i) {
      if (!figures.peers[i].missing.empty()) continue;
      plan.say(fmt::format("{}, round {} of {}: {}", plan.scenario, round + 1, plan.rounds, contestants[i].name));
      auto seconds = contestants[i].run();
      if (!seconds && i == 0) return Unexpected(seconds.error());
      if (seconds) figures.peers[i].wall.push_back(*seconds);
      else figures.peers[i].missing = contestants[i].needs.empty() ? "it failed" : "a working " + contestants[i].needs;
    }
  return figures;
}

}  // namespace

std::vector<std::string> small_scenario_names() {
  std::vector<std::string> names;
  for (const Small& each : kSmall) names.emplace_back(each.name);
  return names;
}

Expected<SmallFigures> run_small(const SmallPlan& plan) {
  for (const Small& each : kSmall) {
    if (each.name != plan.scenario) continue;
    std::error_code ignored;
    fs::create_directories(plan.folder + "/out", ignored);
    HEVCPOOL_ASSIGN(const auto contestants, each.contestants(plan));
    HEVCPOOL_ASSIGN(auto figures, run_rounds(plan, contestants));
    figures.about = each.about;
    return figures;
  }
  return fail("bench", "usage", "there is no scenario " + plan.scenario);
}

std::string small_table(const SmallFigures& figures) {
  std::string text = fmt::format("{}: {}\n", figures.scenario, figures.about);
  for (const SmallPeer& peer : figures.peers) {
    text += fmt::format("  {:<22}", peer.name);
    if (!peer.missing.empty()) text += fmt::format("not measured: needs {}\n", peer.missing);
    else text += fmt::format("{:>8.2f} s  {:>6.2f} times ours\n", median(peer.wall), paired_ratio(peer.wall, figures.peers[0].wall));
  }
  return text;
}

}  // namespace hevcpool::cli
