// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/profile/profile_sweep.h"

#include "cli/options/option_values.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

namespace hevcpool::cli {
namespace {

constexpr std::size_t kMostRuns = 256;
constexpr double kSample = 10, kLong = 20;  // seconds

struct Axis {
  std::string key;
  std::vector<std::string> values;
};

Expected<Axis> parse_axis(const std::string& text) {
  const auto equals = text.find('=');
  Axis axis{text.substr(0, equals), {}};
  for (std::size_t at = equals; equals != std::string::npos && at < text.size();) {
    const auto comma = std::min(text.find(',', at + 1), text.size());
    axis.values.push_back(text.substr(at + 1, comma - at - 1));
    at = comma;
  }
  for (const std::string& value : axis.values)
    if (value.empty()) return fail("usage", "bad_option", fmt::format("--sweep {}: a value is missing", text));
  if (axis.key.empty() || axis.values.empty())
    return fail("usage", "bad_option", fmt::format("--sweep '{}' is not KEY=V1,V2,...", text));
  return axis;
}

Expected<void> set(EncodeOptions& options, const std::string& key, const std::string& value) {
  if (key == "preset") {
    options.preset = value;
  } else if (key == "tune") {
    options.tune = value;
  } else if (key == "crf") {
    char* end = nullptr;
    options.crf = std::strtod(value.c_str(), &end);
    if (*end != '\0') return fail("usage", "bad_option", fmt::format("--sweep crf: '{}' is no number", value));
  } else if (key == "threads") {
    HEVCPOOL_ASSIGN(options.threads, parse_threads(value));
    if (options.threads == 0) options.threads = 1;
  } else if (key == "bitrate") {
    HEVCPOOL_ASSIGN(options.bitrate, parse_bitrate(value));
  } else {
    options.x265_params += (options.x265_params.empty() ? "" : ":") + key + "=" + value;
  }
  return {};
}

Expected<std::vector<SweepRun>> multiply(const std::vector<SweepRun>& runs, const Axis& axis) {
  std::vector<SweepRun> more;
  for (const SweepRun& run : runs)
    for (const std::string& value : axis.values) {
      SweepRun next = run;
      HEVCPOOL_CHECK(set(next.encode.options, axis.key, value));
      next.label += (next.label.empty() ? "" : " ") + axis.key + "=" + value;
      more.push_back(std::move(next));
    }
  if (more.size() > kMostRuns) return fail("usage", "bad_option", fmt::format("--sweep: more than {} runs", kMostRuns));
  return more;
}

}  // namespace

Expected<std::vector<SweepRun>> parse_sweeps(const std::vector<std::string>& texts, const Encode& base) {
  std::vector<SweepRun> runs = {{"", base}};
  for (const std::string& text : texts) {
    HEVCPOOL_ASSIGN(const Axis axis, parse_axis(text));
    HEVCPOOL_ASSIGN(runs, multiply(runs, axis));
  }
  for (SweepRun& run : runs) {
    run.encode.input = "sample";
    if (const auto wrong = validate(run.encode)) return fail("usage", "bad_option", run.label + ": " + *wrong);
  }
  return runs;
}

bool choose_sample(double source, EncodeOptions& options) {
  if (options.start > 0 || options.duration > 0 || source < kLong) return false;
  options.start = std::floor((source - kSample) / 2);
  options.duration = kSample;
  return true;
}

}  // namespace hevcpool::cli
