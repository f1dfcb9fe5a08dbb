// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/clip/clip.h"

#include "media/input/input_file.h"
#include "media/libav/log_capture.h"
#include "media/clip/smart_cut.h"
#include "media/convert/transcode.h"

namespace hevcpool::media {
namespace {

bool ends_with(const std::string& name, std::string_view extension) {
  return name.size() >= extension.size() && name.compare(name.size() - extension.size(), extension.size(), extension) == 0;
}

Container container_for(const std::string& name) {
  if (ends_with(name, ".mkv")) return Container::mkv;
  if (ends_with(name, ".mov")) return Container::mov;
  return ends_with(name, ".mp4") || ends_with(name, ".m4v") ? Container::mp4 : Container::automatic;
}

Expected<ClipReport> encode_clip(const ClipRequest& request) {
  TranscodeRequest work{.source = request.source, .target = request.target, .name = request.name,
                        .options = request.options.options};
  work.options.start = request.options.start;
  work.options.duration = request.options.duration;
  work.options.reencode = true;
  if (work.options.container == Container::automatic) work.options.container = container_for(request.output_name);
  work.scratch_folder = request.scratch_folder;
  work.on_progress = request.on_progress;
  work.cancelled = request.cancelled;
  HEVCPOOL_ASSIGN(const auto report, transcode(work));
  return ClipReport{.start = request.options.start, .duration = report.duration, .reencoded = true,
                    .packets = report.frames, .bytes = report.bytes_out, .warnings = report.warnings};
}

// Where no whole group of pictures lies inside the part there is nothing to copy.
Expected<ClipReport> smart_clip(const ClipRequest& request) {
  HEVCPOOL_ASSIGN(const auto cut, make_smart_cut(request));
  return cut ? copy_clip(request, &*cut) : encode_clip(request);
}

}  // namespace

Expected<ClipReport> cut_clip(const ClipRequest& request) {
  const LogCapture log;
  switch (request.options.mode) {
    case ClipMode::copy: return copy_clip(request);
    case ClipMode::exact: return encode_clip(request);
    case ClipMode::smart: return smart_clip(request);
  }
  return fail("request", "bad_argument", "unknown mode");
}

}  // namespace hevcpool::media
