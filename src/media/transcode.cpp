// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/transcode.h"

#include "media/conversion.h"
#include "media/log_capture.h"

namespace hevcpool::media {
namespace {

Expected<std::unique_ptr<Source>> open_source(int fd, const std::string& name) {
  auto source = Source::open(fd, name);
  if (source) return source;
  Error error = std::move(source.error());
  if (const std::string said = LogCapture::last_error(); !said.empty()) error.message += " (" + said + ")";
  return Unexpected(std::move(error));
}

Expected<Inspection> plan(const Source& source, const EncodeOptions& options, Notes& notes) {
  HEVCPOOL_ASSIGN(Inspection inspection, plan_streams(source, options, notes));
  if (!inspection.has_video) return fail("open", "no_video", "there is no video stream");
  return inspection;
}

void note_damage(const Source& source, const Conversion& conversion, Notes& notes) {
  if (const std::int64_t errors = conversion.decode_errors(); errors > 0)
    notes.warn("damaged_frames", "decoding errors in the picture, concealed or passed over", errors);
  const SourceDamage& damage = source.damage();
  if (const std::int64_t places = damage.corrupt_packets + damage.read_errors; places > 0)
    notes.warn("damaged_file", fmt::format("damaged places in the file, the first at {:.3f} s", damage.first_error),
               places);
}

}  // namespace

Expected<Inspection> inspect(int source, const std::string& name, const EncodeOptions& options, Notes& notes) {
  const LogCapture log;
  HEVCPOOL_ASSIGN(const auto file, open_source(source, name));
  return plan(*file, options, notes);
}

Expected<TranscodeReport> transcode(const TranscodeRequest& request) {
  const LogCapture log;
  Notes notes;
  HEVCPOOL_ASSIGN(auto source, open_source(request.source, request.name));
  TranscodeReport report;
  HEVCPOOL_ASSIGN(report.inspection, plan(*source, request.options, notes));
  if (request.options.two_pass) {
    Notes unheard;  // the second pass says the same
    HEVCPOOL_CHECK(Conversion(request, *source, report.inspection, 1, unheard).run());
    HEVCPOOL_ASSIGN(source, open_source(request.source, request.name));
  }
  Conversion conversion(request, *source, report.inspection, request.options.two_pass ? 2 : 0, notes);
  HEVCPOOL_CHECK(conversion.run());
  note_damage(*source, conversion, notes);
  report.outputs = conversion.output().counts();
  report.frames = conversion.frames();
  report.duration = conversion.output().duration();
  report.bytes_out = conversion.output().bytes();
  report.warnings = notes.warnings();
  return report;
}

}  // namespace hevcpool::media
