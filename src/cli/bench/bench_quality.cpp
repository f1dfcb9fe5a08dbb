// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/bench/bench_quality.h"

#include "cli/bench/bench_process.h"

#include <cstdlib>
#include <filesystem>
#include <map>

namespace hevcpool::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostCompared = 10;

std::map<std::string, std::string> outputs_by_stem(const std::string& folder) {
  std::map<std::string, std::string> outputs;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none))
    outputs[entry.path().stem().native()] = entry.path().native();
  return outputs;
}

}  // namespace

double ssim_of(const std::string& input, const std::string& output) {
  const auto compared = measure({{"ffmpeg", "-nostdin", "-hide_banner", "-nostats", "-i", output, "-i", input, "-lavfi",
                                  "[0:v:0]settb=1/1000,setpts=N[a];[1:v:0]settb=1/1000,setpts=N[b];[a][b]ssim", "-f", "null", "-"}, ""});
  if (!compared) return 0;
  const auto place = compared->said.rfind(" All:");
  return place == std::string::npos ? 0 : std::atof(compared->said.c_str() + place + 5);
}

double mean_ssim(const std::vector<std::string>& inputs, const std::string& folder) {
  const auto outputs = outputs_by_stem(folder);
  const std::size_t step = (inputs.size() + kMostCompared - 1) / kMostCompared;
  double sum = 0;
  int compared = 0;
  for (std::size_t i = 0; i < inputs.size(); i += step) {
    const auto output = outputs.find(fs::path(inputs[i]).stem().native());
    const double value = output == outputs.end() ? 0 : ssim_of(inputs[i], output->second);
    if (value <= 0) continue;
    sum += value;
    ++compared;
  }
  return compared > 0 ? sum / compared : 0;
}

}  // namespace hevcpool::cli
