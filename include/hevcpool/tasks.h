// SPDX-License-Identifier: GPL-2.0-or-later
// The other jobs of the pool as values: read metadata, make pictures, cut, take out audio, convert images, look at
// every frame. Each has the defaults of its subcommand; a path is opened by the host, never by a worker.
#pragma once

#include <hevcpool/encode.h>
#include <hevcpool/export.h>
#include <hevcpool/pool.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hevcpool {

// How long and how often a job may run.
struct Limits {
  Seconds timeout{0};        // 0: none
  unsigned retries = 1;      // more attempts after the worker died under the job
  Seconds stall_timeout{0};  // time without progress, which only clips and frames report; 0: none
};

// Metadata, in the layout of `ffprobe -show_format -show_streams -show_chapters -of json`.
struct Probe {
  std::string input;
  bool frames = false;       // adds nb_read_frames to every video stream: frames that decode, counted
  bool keyframes = false;    // adds "keyframes" to every video stream: presentation times, seconds as text
  Limits limits;
};

enum class StillFormat { automatic, jpeg, png, webp };  // automatic: by the output's extension, else JPEG

// How a picture is made from a frame; shared by thumbnails and images.
struct StillOptions {
  StillFormat format = StillFormat::automatic;
  int width = 0, height = 0;  // 0: by the other side and the display aspect ratio; both 0: the frame's own size
  bool crop_to_fill = false;  // both sides given: fill and crop instead of fitting inside
  int quality = 85;           // 1..100 for JPEG and WebP
  bool grey = false;
  bool tone_map = true;       // HDR to SDR
};

// Pictures of a video, one file each, or all of them on one sheet.
struct Thumbnail {
  std::string input;
  std::vector<std::string> outputs;  // one for each picture; for a sheet one; empty: NAME.thumb[-K].EXT beside it
  std::vector<std::string> at;       // "12.5", "01:02:03.5" or "50%"; empty: `count` evenly spread ones
  unsigned count = 1;
  bool nearest = false;              // the nearest key frame before instead of the exact frame: much faster
  bool best = false;                 // the most representative frame of the second that begins there
  StillOptions picture;
  unsigned columns = 0;              // above 0: one sheet with so many pictures side by side
  int gap = 0;                       // pixels between the pictures of a sheet
  std::string map;                   // WebVTT file that maps times to places on the sheet; needs columns
  Overwrite overwrite = Overwrite::never;
  Limits limits;
};

enum class ClipMode {
  copy,    // stream copy from the key frame at or before the start: nothing is re-encoded
  exact,   // frame-accurate, everything re-encoded to HEVC
  smart,   // frame-accurate, the middle copied: HEVC sources only
};

struct Clip {
  std::string input;
  std::string output;                // empty: NAME.clip.EXT beside the source
  double start = 0;                  // seconds from the start of the file
  double duration = 0;               // 0: to the end
  ClipMode mode = ClipMode::copy;
  EncodeOptions options;             // exact and smart; its start and duration are not used
  Overwrite overwrite = Overwrite::never;
  Limits limits;
};

struct AudioExtract {
  std::string input;
  std::string output;                // a file, or a folder when there are several tracks; empty: beside the source
  std::string output_stem;           // where output is empty: its path without the extension, which the track decides
  std::string codec = "copy";        // copy | aac | opus | flac | mp3 | wav
  std::uint64_t bitrate = 0;         // bits per second; 0: the encoder's default for the channels
  std::vector<int> tracks;           // 0-based among the audio tracks; empty: the default track
  bool all_tracks = false;
  bool loudness = false;             // measure EBU R128: integrated, range, true peak
  std::optional<double> normalise;   // target LUFS; needs a codec other than copy
  Overwrite overwrite = Overwrite::never;
  Limits limits;
};

// One still picture to another.
struct Image {
  std::string input;
  std::string output;                // empty: NAME.EXT beside the source, EXT by the format
  StillOptions picture;
  bool apply_orientation = false;    // turn the pixels upright; default: JPEG to JPEG keeps the EXIF orientation
  Overwrite overwrite = Overwrite::never;
  Limits limits;
};

// What is computed for the frames of a video.
struct Frames {
  std::string input;
  std::string reference;             // for ssim and psnr: the file to compare with, frame by frame
  std::string output;                // a JSON array (.json), lines of JSON (.jsonl, .ndjson), else CSV; empty: no list
  bool luma = false;                 // mean luma of each frame, 0..255
  bool scenes = false;               // scene changes
  bool black = false;                // black intervals
  bool freeze = false;               // frozen intervals
  bool ssim = false, psnr = false;   // need `reference`
  double scene_threshold = 10;       // 0..100
  std::string function;              // name of a task made with frame_task() that runs instead
  std::string argument = "null";     // JSON text for that function
  Overwrite overwrite = Overwrite::never;
  Limits limits;
};

// One decoded frame, lent for the call. Samples above 8 bits are 16-bit little endian words.
struct FrameView {
  const std::uint8_t* planes[4] = {};
  int strides[4] = {};               // bytes from one row to the next
  int widths[4] = {};                // samples in a row of the plane
  int heights[4] = {};               // rows of the plane
  int plane_count = 0;
  int width = 0, height = 0;         // of the picture
  int bit_depth = 8;
  std::string_view pixel_format;     // libav's name, e.g. "yuv420p"
  std::int64_t index = 0;            // 0 for the first frame
  double seconds = 0;                // presentation time, from the first frame of the file; -1 when unknown
  bool key_frame = false;
};

// The program's own per-frame work, running in a worker.
struct FrameFunction {
  std::function<bool(const FrameView&)> frame;  // false: no more frames are needed
  std::function<std::string()> finish;          // the job's result, JSON text; may be empty
};

// Makes a task of a per-frame function, to be put into PoolOptions::tasks. `begin` runs in the worker for each job;
// it gets Frames::argument. `pixel_format` (libav's name) is what frames are converted to; empty: as decoded.
HEVCPOOL_API Task frame_task(std::function<FrameFunction(std::string_view argument)> begin, std::string pixel_format = {});

using AnyTask = std::variant<Encode, Probe, Thumbnail, Clip, AudioExtract, Image, Frames>;

// Which field of a request is wrong, and how.
struct FieldError {
  std::string field;    // "" for the request as a whole
  std::string message;
};

// A request from JSON text: {"task": "thumbnail", "input": "a.mp4", "at": ["50%"]}. Unknown fields, wrong types and
// impossible values are errors that name the field. `defaults` (JSON text, may be empty) holds, for each task's
// name and for "*", fields that apply where the request itself has none.
HEVCPOOL_API std::variant<AnyTask, FieldError> parse_task(std::string_view json, std::string_view defaults = {});

// The request as JSON text that parse_task() reads, one line.
HEVCPOOL_API std::string to_json(const AnyTask& task);

// Checks a request without touching any file. Nothing: it is good.
HEVCPOOL_API std::optional<FieldError> validate(const AnyTask& task);

// The task's name, "thumbnail"; and the paths it reads and writes as far as they are known before it runs.
HEVCPOOL_API std::string_view name_of(const AnyTask& task);
HEVCPOOL_API const std::string& input_of(const AnyTask& task);
HEVCPOOL_API std::vector<std::string> inputs_of(const AnyTask& task);  // with a reference, where there is one
HEVCPOOL_API std::vector<std::string> outputs_of(const AnyTask& task);
// The same where only the container is not known yet: a name for each that it may be.
HEVCPOOL_API std::vector<std::string> possible_outputs_of(const AnyTask& task);

// Runs any request on a pool. The result's body is the `done` object of the command line without its "event",
// with what the task found under "result" (for a probe: the document itself).
HEVCPOOL_API Job submit(Pool& pool, AnyTask task);
// The same with callbacks. Clips and frames report progress, other small tasks only that a worker took them; on_plan is
// for encodes.
HEVCPOOL_API Job submit(Pool& pool, AnyTask task, EncodeCallbacks callbacks);

}  // namespace hevcpool
