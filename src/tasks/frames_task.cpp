// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/frames/frames.h"

#include "media/libav/target_file.h"
#include "tasks/small_task.h"

namespace hevcpool::tasks {
namespace {

nlohmann::json spans_json(const std::vector<media::Span>& spans) {
  nlohmann::json out = nlohmann::json::array();
  for (const auto& span : spans) out.push_back({{"start", span.start}, {"end", span.end}});
  return out;
}

nlohmann::json extremes_json(const media::Extremes& values) {
  return {{"mean", values.mean()}, {"lowest", values.lowest}, {"lowest_frame", values.lowest_frame}};
}

nlohmann::json answer_of(const media::FramesReport& report, const Frames& request) {
  nlohmann::json out{{"frames", report.frames}, {"key_frames", report.key_frames}, {"duration", report.duration},
                     {"warnings", warnings_json(report.warnings)}};
  if (request.luma) out["luma"] = extremes_json(report.luma);
  if (request.scenes) {
    out["scenes"] = nlohmann::json::array();
    for (const auto& scene : report.scenes)
      out["scenes"].push_back({{"seconds", scene.seconds}, {"score", scene.score}});
  }
  if (request.black) out["black"] = spans_json(report.black);
  if (request.freeze) out["freeze"] = spans_json(report.frozen);
  if (request.ssim) out["ssim"] = extremes_json(report.ssim);
  if (request.psnr) out["psnr"] = extremes_json(report.psnr);
  if (request.ssim || request.psnr) out["compared_frames"] = report.reference_frames;
  return out;
}

nlohmann::json row_json(const media::FrameRow& row) {
  nlohmann::json out{{"frame", row.index}, {"seconds", row.seconds}, {"key_frame", row.key_frame}};
  if (row.luma) out["luma"] = *row.luma;
  if (row.scene_score) out["scene_score"] = *row.scene_score;
  if (row.ssim) out["ssim"] = *row.ssim;
  if (row.psnr) out["psnr"] = *row.psnr;
  return out;
}

// By the output's name a JSON array (.json), JSON with a line for each frame (.jsonl, .ndjson), or CSV.
std::string list_text(const media::FramesReport& report, const Frames& request, const std::string& name) {
  const bool array = name.ends_with(".json"), lines = name.ends_with(".jsonl") || name.ends_with(".ndjson");
  if (!array && !lines) return media::rows_as_csv(report.rows, request);
  std::string out;
  for (const auto& row : report.rows)
    out += (out.empty() || lines ? "" : ",\n") + row_json(row).dump() + (lines ? "\n" : "");
  return array ? "[" + out + "]\n" : out;
}

std::function<void(std::int64_t, double)> progress_to(ProgressSender& sender) {
  return [&sender](std::int64_t frames, double seconds) {
    sender.send({.frames = frames, .media_seconds = std::max(seconds, 0.0)});
  };
}

Expected<nlohmann::json> analyse(TaskContext& context, const SmallArgument& argument, const Frames& request) {
  const auto fds = context.descriptors();
  const bool reference = !request.reference.empty();
  const std::size_t list = reference ? 2 : 1;
  HEVCPOOL_CHECK(need_descriptors(context, list + (request.output.empty() ? 0 : 1)));
  ProgressSender sender(context);
  media::FramesRequest work{.source = fds[0], .reference = reference ? fds[1] : -1, .name = argument.name,
                            .reference_name = request.reference, .options = request};
  work.on_progress = progress_to(sender);
  work.cancelled = [&context] { return context.cancelled(); };
  HEVCPOOL_ASSIGN(const auto report, media::analyse_frames(work));
  nlohmann::json answer = answer_of(report, request);
  if (request.output.empty()) return answer;
  const std::string text = list_text(report, request, argument.output_name);
  HEVCPOOL_CHECK(media::write_file(fds[list], {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}));
  answer["bytes_out"] = text.size();
  return answer;
}

}  // namespace

TaskResult frames_task(TaskContext& context) {
  return run_small<Frames>(context, 1, [&](const SmallArgument& argument, const Frames& request) {
    return analyse(context, argument, request);
  });
}

}  // namespace hevcpool::tasks

namespace hevcpool {

Task frame_task(std::function<FrameFunction(std::string_view argument)> begin, std::string pixel_format) {
  return [begin = std::move(begin), pixel_format = std::move(pixel_format)](TaskContext& context) {
    return tasks::run_small<Frames>(
        context, 1, [&](const tasks::SmallArgument& argument, const Frames& request) -> Expected<nlohmann::json> {
          FrameFunction function = begin(request.argument);
          tasks::ProgressSender sender(context);
          const auto seen = media::visit_frames(
              context.descriptors()[0], argument.name, pixel_format, [&](const FrameView& frame) {
                sender.send({.frames = frame.index + 1, .media_seconds = std::max(frame.seconds, 0.0)});
                return !context.cancelled() && function.frame(frame);
              });
          if (!seen) return Unexpected(seen.error());
          nlohmann::json answer{{"frames", *seen}};
          if (function.finish) answer["value"] = nlohmann::json::parse(function.finish(), nullptr, false);
          if (answer.contains("value") && answer["value"].is_discarded())
            return fail("function", "bad_result", "the frame function's result is not JSON");
          return answer;
        });
  };
}

}  // namespace hevcpool
