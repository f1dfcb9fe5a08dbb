// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/options/encode_options.h"

#include "cli/options/encoding_options.h"
#include "cli/term/exit_code.h"
#include "cli/options/inputs_option.h"
#include "cli/options/option_kinds.h"
#include "cli/options/option_values.h"
#include "cli/term/text.h"

#include <CLI/CLI.hpp>

#include <utility>

namespace hevcpool::cli {
namespace {

void add_output_options(CLI::App& app, EncodeArguments& arguments) {
  auto& request = arguments.request;
  app.option_defaults()->group("Files");
  app.add_option("-o,--output", request.output, "A file for one input, else a folder that mirrors the tree; "
                 "default: NAME.hevc.EXT beside the source")->type_name("PATH");
  add_choice(app, "--container", request.settings.options.container,
             {{"auto", Container::automatic}, {"mp4", Container::mp4}, {"mkv", Container::mkv},
              {"mov", Container::mov}}, "Output container; auto: MP4 if it can hold every stream, else MKV");
  app.add_flag_callback("--overwrite", [&] { request.settings.overwrite = Overwrite::always; },
                        "Write outputs again that exist already; without this they are skipped");
  app.add_flag("--replace", request.settings.replace, "Replace each source by its verified output");
  add_parsed(app, "--replace-max-damage", request.settings.replace_max_damage, parse_percent,
             "With --replace: fail and keep the source if more than PCT percent of its frames are damaged or missing; default 0.5")
      ->type_name("PCT");
  app.add_option("--min-saving", request.settings.options.min_saving,
                 "Discard the output unless it is at least PERCENT smaller than the source")
      ->type_name("PERCENT")->check(CLI::Range(0.0, 100.0));
  app.add_flag("--reencode", request.settings.options.reencode, "Also encode sources that are HEVC already");
  app.add_flag("--strict", request.settings.options.strict, "Fail instead of dropping what the container cannot hold");
}

void add_video_options(CLI::App& app, EncodeOptions& options) {
  app.option_defaults()->group("Video");
  app.add_option("--crf", options.crf, "Constant quality, 0 to 51; default 28")->check(CLI::Range(0.0, 51.0));
  app.add_option("--preset", options.preset, "x265 preset, ultrafast to placebo; default medium");
  app.add_option("--tune", options.tune, "x265 tune: psnr, ssim, grain, fastdecode, zerolatency, animation");
  app.add_option("--profile", options.profile, "HEVC profile by x265's name; default: by the picture format");
  app.add_option("--x265-params", options.x265_params, "Further x265 parameters")->type_name("K=V:K=V");
  add_parsed(app, "--bitrate", options.bitrate, parse_bitrate, "Average bit rate instead of constant quality")
      ->type_name("RATE");
  app.add_flag("--two-pass", options.two_pass, "Encode in two passes, to meet --bitrate more exactly");
  app.add_flag("--lossless", options.lossless, "Lossless encoding");
}

void add_picture_options(CLI::App& app, EncodeOptions& options) {
  app.option_defaults()->group("Picture and time");
  app.add_option("--vf", options.vf, "Any libavfilter graph")->type_name("GRAPH");
  app.add_option("--scale", options.scale, "New size in pixels; -1 or -2 for one side keeps the aspect ratio")->type_name("W:H");
  app.add_option("--crop", options.crop, "Crop borders; auto detects black ones")->type_name("auto|W:H:X:Y");
  app.add_option("--fps", options.fps, "Constant frame rate, a number or a fraction")->type_name("RATE");
  add_choice(app, "--deinterlace", options.deinterlace,
             {{"auto", Deinterlace::automatic}, {"on", Deinterlace::on}, {"off", Deinterlace::off}},
             "auto: only what is flagged as interlaced; on: everything; off: nothing");
  add_parsed(app, "--start", options.start, parse_time, "Start at TIME, seconds or [h:]m:s")->type_name("TIME");
  add_parsed(app, "--duration", options.duration, parse_length, "Encode only TIME of the source")->type_name("TIME");
}

void add_stream_options(CLI::App& app, Encode& encode) {
  app.option_defaults()->group("Streams and checks");
  app.add_option("--audio", encode.options.audio, "Copy the audio (default), drop it, or encode it")
      ->type_name("copy|none|CODEC[:RATE]");
  app.add_option("--subs", encode.options.subs, "Copy subtitles (default) or drop them")->type_name("copy|none")
      ->check(CLI::IsMember({"copy", "none"}));
  app.add_option("--program", encode.options.program, "Programme to read from a source with several")
      ->type_name("N")->check(CLI::NonNegativeNumber);
  add_max_errors(app, encode.options);
  add_choice(app, "--verify", encode.verify,
             {{"fast", Verify::fast}, {"full", Verify::full}, {"none", Verify::none}},
             "Check of each output before it gets its name");
}

void add_thread_options(CLI::App& app, unsigned& threads) {
  add_parsed(app, "--threads", threads, parse_threads,
             "Threads of each encoder; default: one, and more only if CPUs would be idle")
      ->type_name("N|auto");
}

void add_run_options(CLI::App& app, EncodeArguments& arguments) {
  Encode& encode = arguments.request.settings;
  app.option_defaults()->group("Running");
  add_parsed(app, "-j,--workers", arguments.workers, parse_workers, "Encoders at once; default: one per usable CPU")
      ->type_name("N|auto");
  add_thread_options(app, arguments.threads);
  add_parsed(app, "--split", encode.split, parse_split,
             "Split long sources if CPUs would be idle (auto), never (off), or every SECONDS: the output is then the same for every -j")
      ->type_name("auto|off|SECONDS");
  add_seconds(app, "--timeout", encode.timeout, "Fail a file that takes longer than SECONDS");
  add_seconds(app, "--stall-timeout", encode.stall_timeout, "Fail a file that makes no progress for SECONDS");
  app.add_option("--retries", encode.retries, "Retries after a worker crashed; default 1")->type_name("N")
      ->check(CLI::Range(0, 100));
  add_scheduling_options(app, "encoder", arguments.nice, arguments.idle, arguments.pin);
  app.add_flag("--dry-run", arguments.request.dry_run, "Print what would be done, and do nothing");
  app.add_flag_callback("--no-sandbox", [&] { arguments.sandbox = false; },
                        "Run the workers unconfined; only for files that you trust");
  app.add_flag("--require-sandbox", arguments.require_sandbox, "Refuse to start if the workers cannot be confined fully")
      ->excludes("--no-sandbox");
  app.add_flag("--fresh-workers", arguments.fresh_workers,
               "Use a new process for every step, so that a compromised worker sees only one file");
  app.add_option("--worker-memory", arguments.worker_memory, "Limit of a worker's address space; default: no limit")
      ->type_name("MIB")->check(CLI::Range(64, 1 << 24))->excludes("--no-sandbox");
}

void add_report_options(CLI::App& app, EncodeArguments& arguments) {
  app.option_defaults()->group("Reports");
  app.add_option("--joblog", arguments.joblog, "A line per job, tab-separated")->type_name("FILE");
  app.add_option("--succeeded", arguments.succeeded, "List of the sources that were converted, usable as @FILE")
      ->type_name("FILE");
  app.add_option("--failed", arguments.failed, "List of the sources that failed, usable as @FILE")->type_name("FILE");
  app.add_option("--report", arguments.report, "An HTML page about the run: workers, sizes, failures")
      ->type_name("FILE.html");
  app.add_option("--trace", arguments.trace, "A timeline of the workers, in Chrome's trace event format")
      ->type_name("FILE");
  app.add_flag("--json", arguments.json, "One JSON object per line on standard output");
  auto* quiet = app.add_flag("--quiet", arguments.quiet, "Print failures only");
  app.add_flag("-v,--verbose", arguments.verbose, "Also print versions, confinement and the libraries' messages about failures")
      ->excludes(quiet);
}

void add_all_options(CLI::App& app, EncodeArguments& arguments) {
  app.option_defaults()->take_last();
  add_output_options(app, arguments);
  add_video_options(app, arguments.request.settings.options);
  add_picture_options(app, arguments.request.settings.options);
  add_stream_options(app, arguments.request.settings);
  add_run_options(app, arguments);
  add_report_options(app, arguments);
  add_inputs(app, arguments.request.inputs);
}

ParseExit usage_error(const std::string& message) {
  return {kExitUsage, fmt::format("hevcpool encode: {}\n", printable(message))};
}

}  // namespace

void add_encoding_options(CLI::App& app, Encode& encode, unsigned& threads) {
  add_video_options(app, encode.options);
  add_picture_options(app, encode.options);
  add_stream_options(app, encode);
  app.option_defaults()->group("Running");
  add_thread_options(app, threads);
}

std::variant<EncodeArguments, ParseExit> parse_encode(int argc, const char* const* argv) {
  EncodeArguments arguments;
  CLI::App app("Converts videos to H.265/HEVC, several at once.\n"
               "INPUT is a file, a folder (walked for videos) or @LIST (a path per line).", "hevcpool encode");
  add_all_options(app, arguments);
  try {
    parse_literally(app, argc, argv);
  } catch (const CLI::CallForHelp&) {
    return ParseExit{kExitDone, app.help()};
  } catch (const CLI::ParseError& error) {
    return usage_error(error.what());
  }
  if (arguments.pin == Pin::cpu && arguments.threads > 1)
    return usage_error("--pin cpu and several --threads exclude each other");
  if (arguments.threads > 0) {
    arguments.request.settings.options.threads = arguments.threads;
    arguments.request.settings.add_threads = false;
  }
  Encode sample = arguments.request.settings;
  sample.input = arguments.request.inputs.front();
  if (const auto wrong = validate(sample)) return usage_error(*wrong);
  return arguments;
}

}  // namespace hevcpool::cli
