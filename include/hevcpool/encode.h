// SPDX-License-Identifier: GPL-2.0-or-later
// The main job as a value: convert one file to HEVC. Every field has the default of the command line.
#pragma once

#include <hevcpool/export.h>
#include <hevcpool/pool.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hevcpool {

enum class Container { automatic, mp4, mkv, mov };
enum class Deinterlace { automatic, on, off };
enum class Verify { fast, full, none };
enum class Overwrite { never, always };  // never: an output that exists is skipped

// What the encoder and the streams get. Everything that changes the bytes of the output is here.
struct EncodeOptions {
  std::optional<double> crf;           // 0..51; default 28 unless bitrate or lossless is set
  std::string preset = "medium";
  std::string tune;
  std::string profile;                 // HEVC profile by x265's names; empty: chosen by format
  std::string x265_params;             // K=V:K=V
  std::uint64_t bitrate = 0;           // bits per second, average; 0: CRF
  bool two_pass = false;               // needs bitrate
  bool lossless = false;
  Container container = Container::automatic;
  std::string audio = "copy";          // copy | none | CODEC[:RATE], RATE in bits per second with k or M
  std::string subs = "copy";           // copy | none
  std::string vf;                      // libavfilter graph
  std::string scale;                   // W:H, a short form
  std::string crop;                    // auto or W:H:X:Y
  std::string fps;                     // number or fraction
  Deinterlace deinterlace = Deinterlace::automatic;
  double start = 0;                    // seconds from the start of the file
  double duration = 0;                 // seconds; 0: to the end
  int program = -1;                    // programme of a multi-programme source; -1: the default choice
  bool strict = false;                 // what the container cannot hold is an error, not a warning
  std::int64_t max_errors = -1;        // decode errors allowed; -1: as max_damage says; -2: any
  std::optional<double> max_damage;    // percent of the frames that may be concealed or missing, where data is missing
                                       // from the file, too; unset: 5, and such a file fails in any case
  bool reencode = false;               // HEVC sources too
  double min_saving = 0;               // percent; an output that saves less is dropped
  unsigned threads = 1;                // encoder threads; more than 1 uses WPP
};

// What is measured while a file is encoded. None of it changes the output.
struct Measure {
  bool on = false;                     // stages and frames; the text comes by EncodeCallbacks::on_step
  bool counters = true;                // of the processor, or of the kernel where it has none
  bool frames = true;                  // a row for each frame
  bool encoder_times = false;          // in it what x265 measures of itself, which costs it some per cent
  double resolution = 0;               // seconds: what is shorter is added up in the timeline; 0: everything
  std::uint32_t slices = 200'000;      // most of a timeline
  std::uint32_t samples = 0;           // of the call stack, per second of CPU time; 0: none
  std::string slow_stage;              // for tests of the reports: each call of this stage...
  double slow_seconds = 0;             // ...uses so much more CPU time
};

// One job: which file becomes which.
struct Encode {
  std::string input;
  std::string output;                  // the file to make; its extension decides an automatic container
  std::string output_stem;             // where output is empty: its path without the extension, which the container
                                       // decides. Both empty: NAME.hevc beside the source (NAME with replace)
  EncodeOptions options;
  Overwrite overwrite = Overwrite::never;
  bool replace = false;                // the verified output takes the source's place
  double replace_max_damage = 0.5;     // percent: with more frames concealed or missing the source stays, and the job
                                       // fails, whatever the options allow otherwise
  Verify verify = Verify::fast;
  Seconds timeout{0};
  Seconds stall_timeout{0};
  unsigned retries = 1;
  double split = 0;                    // seconds: cut at fixed places, the output depends on nothing but its source;
                                       // 0: cut where CPUs would idle otherwise; negative: never
  Measure measure;
  bool add_threads = true;             // a film that cannot be cut gets more threads where CPUs would idle
};

// What is known of a running encode.
struct EncodeProgress {
  std::int64_t frames = 0;             // finished by the encoder
  double fps = 0;
  double fraction = 0;                 // 0..1 of the source's duration, or of its bytes where that is unknown
  double media_seconds = 0;            // how far into the source
  std::uint64_t bytes_out = 0;
};

// What inspection found out: known before the encoding starts.
struct EncodePlan {
  std::string output;
  Container container = Container::automatic;
  double duration = 0;                 // of the output, seconds; 0 when unknown
  double frames = 0;                   // of the output, an estimate; 0 when unknown
  double cost = 0;                     // relative amount of work, for totals and remaining times
  std::vector<std::string> warnings;   // what the container cannot hold, what will be converted
};

// Why an encode that could be done was not done. The result's body names it as `reason_code`.
enum class SkipReason {
  output_exists,     // `output` of the body is its path
  replaced_before,   // an earlier run put the output in the place of the source
  already_hevc,
  too_little_saved,  // the output would not be smaller by as much as asked
  known_too_large,   // the same, by an earlier run
};
// "output_exists" and so on.
HEVCPOOL_API std::string_view to_string(SkipReason reason);

// What a step of an encode does.
enum class StepKind {
  inspect,         // reads what the source holds
  index,           // finds the places where it may be split
  reuse_segment,   // looks at a segment that an earlier run finished
  encode_segment,
  assemble,        // puts the segments together
  encode,          // all of the source at once
  verify,
};
// "inspect", "index", "reuse_segment", "encode" (of a segment, too), "assemble", "verify".
HEVCPOOL_API std::string_view to_string(StepKind kind);

// One step of a job that a worker has done.
struct EncodeStep {
  StepKind kind = StepKind::encode;
  int worker = -1;
  double begin = 0, end = 0;           // seconds of std::chrono::steady_clock
  Usage usage;
  bool ok = true;
  std::string measured;                // JSON text, of encodes with Measure::on; empty: nothing was measured
};

// Called on a thread of the pool; must not block.
struct EncodeCallbacks {
  std::function<void(const EncodePlan&)> on_plan;
  std::function<void(int worker)> on_start;              // a worker has begun to encode it
  std::function<void(const EncodeProgress&)> on_progress;
  std::function<void(const EncodeStep&)> on_step;        // a step has ended, well or not
};

// A look at what submit(encode) would do: the source is inspected, nothing is written. The result's body is a JSON
// object {input, output, status: planned|skipped|failed, reason_code, reason, container, format, duration, frames, width, height,
// codec, streams: [{index, type, codec, action, target, reason_code, reason, language, title}], warnings, error}. Format and codec
// are the source's; size, duration and frames those of the output.
struct DryRun {
  Encode encode;
};

// Checks a request without touching any file: option values, x265 keys, filter graph, codec names. Returns the
// sentence that names what is wrong, or nothing.
HEVCPOOL_API std::optional<std::string> validate(const Encode& encode);

}  // namespace hevcpool
