// SPDX-License-Identifier: GPL-2.0-or-later
#include "tasks/encode.h"
#include "tasks/sample_task.h"
#include "tasks/segment_task.h"
#include "tasks/small_task.h"

namespace hevcpool::tasks {

TaskTable builtin_tasks() {
  return {{"inspect", inspect_task},
          {"encode", encode_task},
          {"verify", verify_task},
          {"index", index_task},
          {"segment", segment_task},
          {"reuse_segment", reuse_segment_task},
          {"assemble", assemble_task},
          {"sample", sample_task},
          {"probe", probe_task},
          {"probe_loop", probe_loop_task},
          {"thumbnail", thumbnail_task},
          {"clip", clip_task},
          {"audio", audio_task},
          {"image", image_task},
          {"frames", frames_task}};
}

}  // namespace hevcpool::tasks
