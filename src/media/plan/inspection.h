// SPDX-License-Identifier: GPL-2.0-or-later
// What is known of a source before its first frame is encoded, and what will be done with each of its streams.
#pragma once

#include "media/libav/diagnostics.h"
#include "media/input/source.h"

#include <hevcpool/encode.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hevcpool::media {

// A stream of the source and what becomes of it.
struct StreamPlan {
  int index = -1;                 // in the source
  std::string type;               // "video", "audio", "subtitle", "data", "attachment"
  std::string codec;              // libav's name, "unknown" for none
  enum class Action { encode, copy, convert, drop } action = Action::copy;
  std::string target_codec;       // for encode and convert
  // Why a stream is dropped. `not_wanted` and `made_anew` (from chapters or the timecode) lose nothing.
  enum class Why { none, not_wanted, made_anew, other_program, encrypted, undecodable, unknown_codec, no_place } why = Why::none;
  std::string reason;             // for people; for convert: from what to what
  std::string language, title;
  bool encrypted = false;         // and therefore dropped
};

// The output's first video stream, as far as it can be told beforehand; 0: unknown.
struct Planned {
  int width = 0, height = 0, bit_depth = 8;
  double frame_rate = 0, frames = 0, duration = 0;
};

// What is known before the first frame is encoded.
struct Inspection {
  std::string format;             // libav's name of the container
  double duration = 0;            // seconds, 0 when unknown
  double start = 0;
  std::uint64_t bytes = 0;
  std::string video_codec;        // of the first video stream that is not a picture
  int width = 0, height = 0, bit_depth = 8;
  double frame_rate = 0;
  double frames = 0;              // estimate, 0 when unknown
  bool has_video = false;
  bool is_hevc = false;           // every video stream is HEVC already
  Container container = Container::automatic;   // the container chosen (never automatic once inspected)
  Planned planned;                // by inspect() only, and only of a source that will be encoded
  std::vector<StreamPlan> streams;
};

// `name`: of the source, for libav's guess at its format by the extension; it is never opened.
Expected<std::unique_ptr<Source>> open_source(int fd, const std::string& name);
// Fails where there is no video.
Expected<Inspection> plan_conversion(const Source& source, const EncodeOptions& options, Diagnostics& notes);
// Both, and what the first pictures will be where they are encoded. `source` is a descriptor that is read with pread.
Expected<Inspection> inspect(int source, const std::string& name, const EncodeOptions& options, Diagnostics& notes);

}  // namespace hevcpool::media
