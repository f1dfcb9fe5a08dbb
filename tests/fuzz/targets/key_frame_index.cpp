// SPDX-License-Identifier: GPL-2.0-or-later
// The key frames of a media file, from a small one that is damaged: what comes out, the host must be able to plan with.
#include "fuzz/targets/target.h"

#include "base/unique_fd.h"
#include "host/segmented_source.h"
#include "media/segment/keyframe_index.h"

extern "C" {
#include <libavutil/log.h>
}

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hevcpool;
  av_log_set_level(AV_LOG_QUIET);
  static const UniqueFd file(::memfd_create("source", MFD_CLOEXEC));
  if (::ftruncate(file.get(), 0) != 0 || ::pwrite(file.get(), data, size, 0) != static_cast<ssize_t>(size)) return 0;
  auto index = media::index_key_frames({.source = file.get(), .name = "clip.mp4", .options = {}, .cancelled = {}});
  if (!index || !index->refusal.empty() || !host::plausible(*index, size)) return 0;
  const std::size_t keys = index->keys.size();
  const host::SegmentedSource film(std::move(*index), host::WorkFolder{}, 100, 0.5);
  if (film.plan().map.points.size() < 2 || keys == 0) std::abort();
  return 0;
}
