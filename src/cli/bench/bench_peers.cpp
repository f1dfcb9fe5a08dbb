// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/bench/bench_peers.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

namespace hevcpool::cli {
namespace {

using Conversions = std::vector<Conversion>;

std::string crf_text(const BenchSettings& settings) { return fmt::format("{:g}", settings.crf); }

// ffmpeg as people call it, up to the names of the files.
std::vector<std::string> encode_words(const BenchSettings& settings) {
  return {"-c:v", "libx265", "-preset", settings.preset, "-crf", crf_text(settings), "-c:a", "copy"};
}

constexpr const char* kSequential = R"(while IFS= read -r in && IFS= read -r out; do
ffmpeg -nostdin -v error -y -i "$in" "$@" "$out" < /dev/null || exit 1; done)";

Command sequential(const Conversions& files, const BenchSettings& settings) {
  Command command{{"sh", "-c", kSequential, "sh"}, ""};
  const auto options = encode_words(settings);
  command.words.insert(command.words.end(), options.begin(), options.end());
  for (const Conversion& file : files) command.input += file.input + "\n" + file.output + "\n";
  return command;
}

constexpr const char* kPythonPool = R"(
import json, subprocess, sys
from concurrent.futures import ProcessPoolExecutor
def convert(pair):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", pair[0], *sys.argv[2:], pair[1]], check=True)
if __name__ == "__main__":
    with ProcessPoolExecutor(int(sys.argv[1])) as pool:
        list(pool.map(convert, json.load(sys.stdin)))
)";

Command python_pool(const Conversions& files, const BenchSettings& settings) {
  Command command{{"python3", "-c", kPythonPool, std::to_string(settings.cores)}, ""};
  const auto options = encode_words(settings);
  command.words.insert(command.words.end(), options.begin(), options.end());
  nlohmann::json pairs = nlohmann::json::array();
  for (const Conversion& file : files) pairs.push_back({file.input, file.output});
  command.input = pairs.dump();
  return command;
}

constexpr const char* kOne = R"(exec ffmpeg -nostdin -v error -y -i "$1" $HEVCPOOL_BENCH_OPTIONS "$2")";

Command xargs(const Conversions& files, const BenchSettings& settings) {
  const std::string options = fmt::format("HEVCPOOL_BENCH_OPTIONS=-c:v libx265 -preset {} -crf {} -x265-params "
                                          "pools=none:frame-threads=1 -c:a copy", settings.preset, crf_text(settings));
  Command command{{"env", options, "xargs", "-0", "-n", "2", "-P", std::to_string(settings.cores), "sh", "-c", kOne,
                   "sh"}, ""};
  for (const Conversion& file : files) command.input += file.input + '\0' + file.output + '\0';
  return command;
}

// Without what changes the picture beyond encoding it.
constexpr const char* kHandBrake = R"(while IFS= read -r in && IFS= read -r out; do
HandBrakeCLI -i "$in" -o "$out" -e x265 --encoder-preset "$1" -q "$2" -a 1 -E copy --crop 0:0:0:0 --no-comb-detect \
  --no-deinterlace < /dev/null || exit 1; done)";

Command handbrake(const Conversions& files, const BenchSettings& settings) {
  Command command{{"sh", "-c", kHandBrake, "sh", settings.preset, crf_text(settings)}, ""};
  for (const Conversion& file : files) command.input += file.input + "\n" + file.output + "\n";
  return command;
}

Command ours(const Conversions& files, const BenchSettings& settings) {
  Command command{{"/proc/self/exe", "encode", "--quiet", "--overwrite", "--reencode", "-j",
                   std::to_string(settings.cores), "--preset", settings.preset, "--crf", crf_text(settings), "-o",
                   std::filesystem::path(files.front().output).parent_path().native() + "/", "@-"}, ""};
  for (const Conversion& file : files) command.input += file.input + '\0';
  return command;
}

// CPU seconds that a tool takes to do nothing, the least of three.
Expected<double> start_up(const std::vector<std::string>& words) {
  double least = 1e9;
  for (int turn = 0; turn < 3; ++turn) {
    HEVCPOOL_ASSIGN(const Measured nothing, measure({words, ""}));
    least = std::min(least, nothing.cpu);
  }
  return least;
}

Expected<double> decode_seconds(const std::string& input) {
  HEVCPOOL_ASSIGN(const double nothing, start_up({"ffmpeg", "-version"}));
  HEVCPOOL_ASSIGN(const Measured work, measure({{"ffmpeg", "-nostdin", "-v", "error", "-threads", "1", "-i", input,
                                                 "-map", "0:v:0", "-f", "null", "-"}, ""}));
  return std::max(0.0, work.cpu - nothing);
}

Expected<double> encode_seconds(const std::string& raw, const BenchSettings& settings) {
  if (!find_program("x265").empty()) {
    HEVCPOOL_ASSIGN(const double nothing, start_up({"x265", "--version"}));
    HEVCPOOL_ASSIGN(const Measured work,
                    measure({{"x265", "--y4m", raw, "--preset", settings.preset, "--crf", crf_text(settings),
                              "--pools", "none", "--frame-threads", "1", "-o", "/dev/null"}, ""}));
    return work.cpu - nothing;
  }
  HEVCPOOL_ASSIGN(const double nothing, start_up({"ffmpeg", "-version"}));
  std::vector<std::string> words = {"ffmpeg", "-nostdin", "-v", "error", "-f", "yuv4mpegpipe", "-i", raw};
  for (const std::string& word : encode_words(settings)) words.push_back(word);
  for (const char* word : {"-x265-params", "pools=none:frame-threads=1", "-f", "null", "-"}) words.emplace_back(word);
  HEVCPOOL_ASSIGN(const Measured work, measure({words, ""}));
  return work.cpu - nothing;
}

}  // namespace

const std::vector<Peer>& peers() {
  static const std::vector<Peer> all = {
      {"hevcpool", "hevcpool", "", ours},
      {"ffmpeg", "ffmpeg one by one", "ffmpeg", sequential},
      {"python", "ffmpeg in a Python pool", "ffmpeg python3", python_pool},
      {"xargs", "ffmpeg under xargs, 1 thread", "ffmpeg xargs", xargs},
      {"handbrake", "HandBrakeCLI one by one", "HandBrakeCLI", handbrake},
  };
  return all;
}

std::vector<std::string> peer_words() {
  std::vector<std::string> words;
  for (const Peer& peer : peers()) words.push_back(peer.word);
  return words;
}

std::string missing_program(const Peer& peer) {
  std::istringstream programs(peer.needs);
  for (std::string program; programs >> program;)
    if (find_program(program).empty()) return program;
  return {};
}

Expected<double> work_seconds(const std::string& input, const std::string& folder, const BenchSettings& settings) {
  const std::string raw = folder + "/raw.y4m";
  HEVCPOOL_CHECK(measure({{"ffmpeg", "-nostdin", "-v", "error", "-y", "-i", input, "-map", "0:v:0", "-strict", "-1",
                           "-f", "yuv4mpegpipe", raw}, ""}));
  const auto encoding = encode_seconds(raw, settings);
  ::unlink(raw.c_str());
  if (!encoding) return Unexpected(encoding.error());
  HEVCPOOL_ASSIGN(const double decoding, decode_seconds(input));
  return std::max(0.0, *encoding) + decoding;
}

}  // namespace hevcpool::cli
