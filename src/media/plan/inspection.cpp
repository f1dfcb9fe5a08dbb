// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/plan/inspection.h"

#include "media/libav/log_capture.h"
#include "media/plan/picture_plan.h"
#include "media/plan/streams.h"

namespace hevcpool::media {

Expected<std::unique_ptr<Source>> open_source(int fd, const std::string& name) {
  auto source = Source::open(fd, name);
  if (source) return source;
  Error error = std::move(source.error());
  if (const std::string said = LogCapture::last_error(); !said.empty()) error.message += " (" + said + ")";
  return Unexpected(std::move(error));
}

Expected<Inspection> plan_conversion(const Source& source, const EncodeOptions& options, Diagnostics& notes) {
  HEVCPOOL_ASSIGN(Inspection inspection, plan_streams(source, options, notes));
  if (!inspection.has_video) return fail("open", "no_video", "there is no video stream");
  return inspection;
}

Expected<Inspection> inspect(int source, const std::string& name, const EncodeOptions& options, Diagnostics& notes) {
  const LogCapture log;
  HEVCPOOL_ASSIGN(const auto file, open_source(source, name));
  HEVCPOOL_ASSIGN(Inspection inspection, plan_conversion(*file, options, notes));
  if (!inspection.is_hevc || options.reencode)
    HEVCPOOL_CHECK(plan_pictures(source, name, *file, options, inspection, notes));
  return inspection;
}

}  // namespace hevcpool::media
