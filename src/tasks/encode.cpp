// SPDX-License-Identifier: GPL-2.0-or-later
#include "tasks/encode.h"

#include "base/memory.h"
#include "media/libav/log_capture.h"
#include "media/convert/transcode.h"
#include "media/verify/verify.h"
#include "tasks/measured.h"
#include "tasks/run.h"

#include <unistd.h>

namespace hevcpool::tasks {

namespace {

// What fails for want of memory further on seldom says so.
Expected<void> need_memory() {
  constexpr std::size_t kLeast = 32 << 20;
  if (has_address_space(kLeast)) return {};
  return fail("open", "ENOMEM", "the limit of memory leaves no room: a worker needs more only to begin");
}

// Reads the argument and runs `work` on it, turning an error into the pool's.
template <class Argument, class Work>
TaskResult run(TaskContext& context, std::size_t descriptors, Work work) {
  media::LogCapture log;
  if (auto room = need_memory(); !room) return task_error(room.error());
  auto argument = from_text<Argument>(context.argument());
  if (!argument) return task_error(argument.error());
  if (auto enough = need_descriptors(context, descriptors); !enough) return task_error(enough.error());
  auto answer = work(*argument);
  if (!answer) return task_error(answer.error(), media::LogCapture::tail());
  return to_text(*answer);
}

Expected<InspectAnswer> inspect_source(TaskContext& context, const InspectArgument& argument) {
  media::Diagnostics notes;
  InspectAnswer answer;
  HEVCPOOL_ASSIGN(answer.inspection,
                  media::inspect(context.descriptors()[0], argument.name, argument.options, notes));
  answer.warnings = notes.warnings();
  return answer;
}

// Encodes until done, cancelled, or so large that going on is pointless.
class LimitedEncode {
 public:
  LimitedEncode(TaskContext& context, const EncodeArgument& argument)
      : context_(context), argument_(argument), sender_(context) {}

  Expected<EncodeAnswer> run() {
    auto report = media::transcode(request());
    if (over_limit_) return EncodeAnswer{.report = {.bytes_out = bytes_out_}, .over_limit = true};
    if (!report) return Unexpected(std::move(report.error()));
    return EncodeAnswer{.report = std::move(*report)};
  }

 private:
  media::TranscodeRequest request() {
    media::TranscodeRequest request;
    request.source = context_.descriptors()[0];
    request.target = context_.descriptors()[1];
    request.name = argument_.name;
    request.options = argument_.options;
    if (argument_.options.two_pass) request.scratch_folder = context_.scratch_folder();
    request.on_progress = [this](const EncodeProgress& progress) { note(progress); };
    request.cancelled = [this] { return over_limit_ || context_.cancelled(); };
    return request;
  }

  void note(const EncodeProgress& progress) {
    bytes_out_ = progress.bytes_out;
    if (argument_.byte_limit > 0 && bytes_out_ >= argument_.byte_limit) over_limit_ = true;
    sender_.send(progress);
  }

  TaskContext& context_;
  const EncodeArgument& argument_;
  ProgressSender sender_;
  std::uint64_t bytes_out_ = 0;
  bool over_limit_ = false;
};

// An earlier attempt may have died after writing to the target.
Expected<void> empty_target(int target) {
  if (::ftruncate(target, 0) != 0) return fail_errno("open", "emptying the output", errno);
  return {};
}

Expected<EncodeAnswer> encode_source(TaskContext& context, const EncodeArgument& argument) {
  const Measured measured(argument.measure, context);
  HEVCPOOL_CHECK(empty_target(context.descriptors()[1]));
  return LimitedEncode(context, argument).run();
}

Expected<VerifyAnswer> verify_target(TaskContext& context, const VerifyArgument& argument) {
  ProgressSender sender(context);
  media::VerifyRequest request;
  request.target = context.descriptors()[0];
  if (context.descriptors().size() > 1) request.source = context.descriptors()[1];
  request.source_name = argument.name;
  request.depth = argument.depth;
  request.options = argument.options;
  request.expected = argument.expected;
  request.on_progress = [&](const EncodeProgress& progress) { sender.send(progress); };
  request.cancelled = [&] { return context.cancelled(); };
  VerifyAnswer answer;
  HEVCPOOL_ASSIGN(answer.report, media::verify(request));
  return answer;
}

}  // namespace

TaskResult inspect_task(TaskContext& context) {
  return run<InspectArgument>(context, 1, [&](const auto& argument) { return inspect_source(context, argument); });
}

TaskResult encode_task(TaskContext& context) {
  return run<EncodeArgument>(context, 2, [&](const auto& argument) { return encode_source(context, argument); });
}

TaskResult verify_task(TaskContext& context) {
  return run<VerifyArgument>(context, 1, [&](const auto& argument) { return verify_target(context, argument); });
}

}  // namespace hevcpool::tasks
