// SPDX-License-Identifier: GPL-2.0-or-later
// A file converted in memory, and what came out of it.
#pragma once

#include "media/convert/transcode.h"
#include "media/verify/verify.h"
#include "support/clip_file.h"
#include "support/temp_folder.h"

namespace hevcpool::media::testing {

inline EncodeOptions quick() {
  EncodeOptions options;
  options.preset = "ultrafast";
  options.reencode = true;
  return options;
}

struct Converted {
  UniqueFd source, target;
  Expected<TranscodeReport> report;
  test::FoundFile before, after;  // after: only when the conversion succeeded

  bool ok() const { return report.has_value(); }
  std::string problem() const {
    return ok() ? "" : fmt::format("{} {}: {}", report.error().stage, report.error().code, report.error().message);
  }
  // True when a warning of that code mentions `text`.
  bool warned(const std::string& code, const std::string& text = {}) const {
    for (const Warning& warning : report->warnings)
      if (warning.code == code && warning.message.find(text) != std::string::npos) return true;
    return false;
  }
  Expected<VerifyReport> verified(Verify depth = Verify::fast, const EncodeOptions& options = quick()) const {
    VerifyRequest request;
    request.target = target.get();
    request.source = source.get();
    request.depth = depth;
    request.options = options;
    request.expected = *report;
    return verify(request);
  }
};

inline Converted convert(UniqueFd source, const EncodeOptions& options = quick()) {
  Converted converted{std::move(source), test::memory_file(), Unexpected(Error{}), {}, {}};
  TranscodeRequest request;
  request.source = converted.source.get();
  request.target = converted.target.get();
  request.options = options;
  const test::TempFolder scratch;
  request.scratch_folder = scratch.path().native();
  converted.report = transcode(request);
  if (converted.ok()) converted.after = test::read_file(converted.target.get());
  return converted;
}

// The same, also reading what the source holds.
inline Converted convert_made(const test::MadeFile& spec, const EncodeOptions& options = quick()) {
  Converted converted = convert(test::make_file(spec), options);
  converted.before = test::read_file(converted.source.get());
  return converted;
}

}  // namespace hevcpool::media::testing
