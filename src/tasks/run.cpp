// SPDX-License-Identifier: GPL-2.0-or-later
#include "tasks/run.h"

#include <fmt/format.h>

namespace hevcpool::tasks {

TaskError task_error(const Error& error, std::string log) {
  return {.stage = error.stage, .code = error.code, .message = error.message, .log = std::move(log)};
}

Expected<void> need_descriptors(const TaskContext& context, std::size_t count) {
  auto given = context.descriptors().size();
  if (given >= count) return {};
  return fail("request", "bad_argument", fmt::format("{} descriptors are needed, {} came", count, given));
}

ProgressSender::ProgressSender(TaskContext& context) : context_(context) {
  context_.progress(to_text(ProgressMessage{.worker = context.worker(), .progress = {}}));
}

void ProgressSender::send(const EncodeProgress& progress) {
  constexpr std::chrono::milliseconds kInterval{100};
  auto now = std::chrono::steady_clock::now();
  if (now - last_ < kInterval) return;
  last_ = now;
  context_.progress(to_text(ProgressMessage{.worker = context_.worker(), .progress = progress}));
}

}  // namespace hevcpool::tasks
