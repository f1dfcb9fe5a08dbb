// SPDX-License-Identifier: GPL-2.0-or-later
// The text form of what the encode tasks take and give: every value of the encode job to JSON and back. Reading is
// strict: an unknown field or one of the wrong type is an error that names it; a missing one keeps its default.
// Writing never fails: text that is not UTF-8 is written with U+FFFD in place of what cannot be said.
#pragma once

#include "base/error.h"
#include "media/segment/keyframe_index.h"
#include "media/segment/segment.h"
#include "media/convert/transcode.h"
#include "media/verify/verify.h"

#include <hevcpool/encode.h>

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace hevcpool::tasks {

// What the three steps of an encode are asked, and what they answer. `name` is the source's file name without
// folders: a hint for the demuxer and for messages, never opened.
struct InspectArgument {
  std::string name;
  EncodeOptions options;
};
struct InspectAnswer {
  media::Inspection inspection;
  std::vector<media::Warning> warnings;
};

struct EncodeArgument {
  std::string name;
  EncodeOptions options;
  std::uint64_t byte_limit = 0;  // stop once the output is at least so large; 0: no limit
  Measure measure;               // on: the last descriptor is an empty file that takes what was measured
};
struct EncodeAnswer {
  media::TranscodeReport report;
  bool over_limit = false;       // stopped at byte_limit; report holds bytes_out only
};

// A film in segments: the index is asked with an InspectArgument and answers with a media::KeyFrameIndex, a segment and
// the reuse of a finished one (whose argument is null) answer with a media::SegmentReport, assembling is an encode
// with one more field.
struct SegmentArgument {
  std::string name;
  EncodeOptions options;
  std::string options_hash;
  media::SegmentRange range;
  Measure measure;               // as above
};
struct AssembleArgument {
  EncodeArgument encode;
  std::string options_hash;
};

struct VerifyArgument {
  std::string name;
  Verify depth = Verify::fast;
  EncodeOptions options;
  media::TranscodeReport expected;
};
struct VerifyAnswer {
  media::VerifyReport report;
};

// A progress message. The first one of a task has only the worker.
struct ProgressMessage {
  int worker = -1;
  EncodeProgress progress;
};

// One text line for any of the types above, or for EncodeOptions.
template <class T>
std::string to_text(const T& value);
template <class T>
Expected<T> from_text(std::string_view text);
template <class T>
nlohmann::json to_json(const T& value);

// The text of any JSON value, whatever its strings hold.
std::string dump(const nlohmann::json& value);

std::string_view to_string(Container container);
std::string_view to_string(media::StreamPlan::Action action);

}  // namespace hevcpool::tasks
