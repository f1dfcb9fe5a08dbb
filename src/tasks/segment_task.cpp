// SPDX-License-Identifier: GPL-2.0-or-later
#include "tasks/segment_task.h"

#include "media/segment/assemble.h"
#include "media/libav/log_capture.h"
#include "tasks/measured.h"
#include "tasks/run.h"

#include <unistd.h>

namespace hevcpool::tasks {

namespace {

template <class Answer>
TaskResult answer_with(const Expected<Answer>& answer) {
  if (!answer) return task_error(answer.error(), media::LogCapture::tail());
  return to_text(*answer);
}

// Reads the argument and runs `work` on it, turning an error into the pool's.
template <class Argument, class Work>
TaskResult run(TaskContext& context, std::size_t descriptors, Work work) {
  const media::LogCapture log;
  auto argument = from_text<Argument>(context.argument());
  if (!argument) return task_error(argument.error());
  if (auto enough = need_descriptors(context, descriptors); !enough) return task_error(enough.error());
  return answer_with(work(*argument));
}

Expected<void> empty_file(int file) {
  if (::ftruncate(file, 0) != 0) return fail_errno("open", "emptying a file", errno);
  return {};
}

Expected<media::KeyFrameIndex> index_source(TaskContext& context, const InspectArgument& argument) {
  return media::index_key_frames({.source = context.descriptors()[0],
                                  .name = argument.name,
                                  .options = argument.options,
                                  .cancelled = [&] { return context.cancelled(); }});
}

Expected<media::SegmentReport> encode_segment(TaskContext& context, const SegmentArgument& argument) {
  const Measured measured(argument.measure, context);
  HEVCPOOL_CHECK(empty_file(context.descriptors()[1]));
  ProgressSender sender(context);
  return media::encode_segment({.source = context.descriptors()[0],
                                .target = context.descriptors()[1],
                                .name = argument.name,
                                .options = argument.options,
                                .options_hash = argument.options_hash,
                                .range = argument.range,
                                .shorten = context.descriptors().size() > 2 ? context.descriptors()[2] : -1,
                                .on_progress = [&](const EncodeProgress& progress) { sender.send(progress); },
                                .cancelled = [&] { return context.cancelled(); }});
}

Expected<EncodeAnswer> put_together(TaskContext& context, const AssembleArgument& argument) {
  const Measured measured(argument.encode.measure, context);
  const auto files = measured.descriptors();
  HEVCPOOL_CHECK(empty_file(files[1]));
  media::AssembleRequest request;
  request.transcode.source = files[0];
  request.transcode.target = files[1];
  request.transcode.name = argument.encode.name;
  request.transcode.options = argument.encode.options;
  request.transcode.cancelled = [&] { return context.cancelled(); };
  request.segments.assign(files.begin() + 2, files.end());
  request.options_hash = argument.options_hash;
  EncodeAnswer answer;
  HEVCPOOL_ASSIGN(answer.report, media::assemble(request));
  return answer;
}

}  // namespace

TaskResult index_task(TaskContext& context) {
  return run<InspectArgument>(context, 1, [&](const auto& argument) { return index_source(context, argument); });
}

TaskResult segment_task(TaskContext& context) {
  return run<SegmentArgument>(context, 2, [&](const auto& argument) { return encode_segment(context, argument); });
}

TaskResult reuse_segment_task(TaskContext& context) {
  if (auto enough = need_descriptors(context, 1); !enough) return task_error(enough.error());
  return answer_with(media::read_segment_report(context.descriptors()[0]));
}

TaskResult assemble_task(TaskContext& context) {
  return run<AssembleArgument>(context, 3, [&](const auto& argument) { return put_together(context, argument); });
}

}  // namespace hevcpool::tasks
