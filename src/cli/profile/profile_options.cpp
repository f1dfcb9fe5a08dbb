// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/profile/profile_options.h"

#include "cli/options/encoding_options.h"
#include "cli/term/exit_code.h"
#include "cli/options/inputs_option.h"
#include "cli/term/text.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace hevcpool::cli {
namespace {

// "filter:500": every call of that stage takes 500 microseconds more.
bool read_slow(const std::string& text, Measure& measure) {
  const auto colon = text.find(':');
  double microseconds = 0;
  if (colon == std::string::npos ||
      std::from_chars(text.data() + colon + 1, text.data() + text.size(), microseconds).ec != std::errc{})
    return false;
  measure.slow_stage = text.substr(0, colon);
  measure.slow_seconds = microseconds / 1e6;
  return true;
}

void add_outputs(CLI::App& app, ProfileArguments& arguments) {
  app.option_defaults()->group("Results");
  app.add_option("--json", arguments.json, "All measurements; give this file again to compare runs")
      ->type_name("FILE");
  app.add_option("--trace", arguments.trace, "Chrome's trace event format, for ui.perfetto.dev")->type_name("FILE");
  app.add_option("--html", arguments.html, "A page with frames, stages and timelines; needs no network")
      ->type_name("FILE");
  app.add_option("--flame", arguments.flame, "Samples the call stacks: a flame graph (SVG), and FILE.folded beside it")
      ->type_name("FILE");
  app.add_option("--sweep", arguments.sweeps, "A run for each value, each combination where it is given again; "
                 "KEY is preset, crf, threads, tune or a parameter of x265. Without --start and --duration: on 10 s from "
                 "the middle of a longer source")->type_name("KEY=V1,V2,...");
  app.add_option("--label", arguments.label, "Name of the run in comparisons")->type_name("TEXT");
  app.add_flag("--ssim", arguments.ssim, "SSIM of every frame, by x265 (costs CPU of its own)");
  app.add_flag("--psnr", arguments.psnr, "PSNR of every frame, by x265 (costs CPU of its own)");
  app.add_flag_callback("--no-frames", [&] { arguments.encode.measure.frames = false; },
                        "Measure stages only, not single frames")
      ->excludes("--ssim")->excludes("--psnr");
  app.add_flag_callback("--x265-stats", [&] { arguments.encode.measure.encoder_times = true; },
                        "Also x265's own times of each frame: decision, row and reference waits, stall, CTU time, WPP; "
                        "it then looks at every sample, which costs a few per cent")
      ->excludes("--no-frames");
  app.add_flag_callback("--no-counters", [&] { arguments.encode.measure.counters = false; },
                        "Use no hardware or kernel counters");
}

void add_running(CLI::App& app, ProfileArguments& arguments) {
  app.add_option("-o,--output", arguments.output, "Keep the encoded file at PATH; default: discard it")->type_name("PATH");
  app.add_flag_callback("--overwrite", [&] { arguments.encode.overwrite = Overwrite::always; },
                        "Replace an output that exists");
  app.add_flag_callback("--no-sandbox", [&] { arguments.sandbox = false; },
                        "Run the worker unconfined; only for files that you trust");
  app.add_flag_callback("--no-measuring", [&] { arguments.measures = false; },
                        "Run without measuring and print the time; the difference is the cost of measuring");
  app.add_option("--slow-stage", [&](const CLI::results_t& words) {
    return read_slow(words.back(), arguments.encode.measure);
  }, "For tests of the reports")->group("");
}

bool is_profile_name(const std::string& name) { return name.ends_with(".json"); }

ParseExit usage_error(const std::string& message) {
  return {kExitUsage, fmt::format("hevcpool profile: {}\n", printable(message))};
}

std::string problem_of(const ProfileArguments& arguments) {
  const auto profiles = std::ranges::count_if(arguments.inputs, is_profile_name);
  if (profiles == static_cast<std::ptrdiff_t>(arguments.inputs.size()))
    return arguments.sweeps.empty() && arguments.trace.empty() && arguments.flame.empty()
               ? ""
               : "finished profiles have neither --sweep nor --trace nor --flame";
  if (profiles > 0) return "a video and finished profiles do not go together";
  if (arguments.inputs.size() > 1) return "one video at a time, or finished profiles (*.json) to compare";
  if (!arguments.sweeps.empty() && (!arguments.output.empty() || !arguments.trace.empty() || !arguments.flame.empty()))
    return "--sweep runs many encodes: --output, --trace and --flame are for one";
  if (!arguments.measures && !(arguments.json + arguments.trace + arguments.html + arguments.flame).empty())
    return "--no-measuring leaves nothing to write";
  Encode sample = arguments.encode;
  sample.input = arguments.inputs.front();
  return validate(sample).value_or("");
}

void apply(ProfileArguments& arguments) {
  Encode& encode = arguments.encode;
  encode.measure.on = arguments.measures;
  if (!arguments.flame.empty()) encode.measure.samples = 1000;
  std::string& params = encode.options.x265_params;
  for (const auto& [wanted, text] : {std::pair(arguments.ssim || !arguments.sweeps.empty(), "ssim=1"), std::pair(arguments.psnr, "psnr=1")})
    if (wanted && arguments.encode.measure.frames) params += (params.empty() ? "" : ":") + std::string(text);
  encode.split = -1;
  encode.add_threads = false;
  if (arguments.threads > 0) encode.options.threads = arguments.threads;
}

}  // namespace

std::variant<ProfileArguments, ParseExit> parse_profile(int argc, const char* const* argv) {
  ProfileArguments arguments;
  arguments.encode.options.reencode = true;
  arguments.encode.verify = Verify::none;
  CLI::App app("Encodes a video in one worker and says where the time went; with finished profiles (*.json): compares\n"
               "them, the first with each of the others.", "hevcpool profile");
  app.option_defaults()->take_last();
  add_encoding_options(app, arguments.encode, arguments.threads);
  add_running(app, arguments);
  add_outputs(app, arguments);
  app.get_option("--sweep")->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add_inputs(app, arguments.inputs);
  try {
    parse_literally(app, argc, argv);
  } catch (const CLI::CallForHelp&) {
    return ParseExit{kExitDone, app.help()};
  } catch (const CLI::ParseError& error) {
    return usage_error(error.what());
  }
  apply(arguments);
  if (const std::string problem = problem_of(arguments); !problem.empty()) return usage_error(problem);
  return arguments;
}

}  // namespace hevcpool::cli
