// SPDX-License-Identifier: GPL-2.0-or-later
#include "tasks/encode_json.h"

#include "media/verify/verify.h"
#include "tasks/json_fields.h"
#include "tasks/encode_names.h"

#include <algorithm>

namespace hevcpool {

// Matches T and const T, so that one list of fields serves reading and writing.
template <class T, class U>
concept Either = std::same_as<std::remove_const_t<T>, U>;

template <class V, Either<EncodeOptions> T>
void fields(V& visit, T& options) {
  visit("crf", options.crf);
  visit("preset", options.preset);
  visit("tune", options.tune);
  visit("profile", options.profile);
  visit("x265_params", options.x265_params);
  visit("bitrate", options.bitrate);
  visit("two_pass", options.two_pass);
  visit("lossless", options.lossless);
  visit("container", options.container);
  visit("audio", options.audio);
  visit("subs", options.subs);
  visit("vf", options.vf);
  visit("scale", options.scale);
  visit("crop", options.crop);
  visit("fps", options.fps);
  visit("deinterlace", options.deinterlace);
  visit("start", options.start);
  visit("duration", options.duration);
  visit("program", options.program);
  visit("strict", options.strict);
  visit("max_errors", options.max_errors);
  visit("max_damage", options.max_damage);
  visit("reencode", options.reencode);
  visit("min_saving", options.min_saving);
  visit("threads", options.threads);
}

template <class V, Either<Measure> T>
void fields(V& visit, T& measure) {
  visit("on", measure.on);
  visit("counters", measure.counters);
  visit("frames", measure.frames);
  visit("encoder_times", measure.encoder_times);
  visit("resolution", measure.resolution);
  visit("slices", measure.slices);
  visit("samples", measure.samples);
  visit("slow_stage", measure.slow_stage);
  visit("slow_seconds", measure.slow_seconds);
}

template <class V, Either<EncodeProgress> T>
void fields(V& visit, T& progress) {
  visit("frames", progress.frames);
  visit("fps", progress.fps);
  visit("fraction", progress.fraction);
  visit("media_seconds", progress.media_seconds);
  visit("bytes_out", progress.bytes_out);
}

namespace media {

template <class V, Either<Warning> T>
void fields(V& visit, T& warning) {
  visit("code", warning.code);
  visit("message", warning.message);
  visit("count", warning.count);
}

template <class V, Either<StreamPlan> T>
void fields(V& visit, T& stream) {
  visit("index", stream.index);
  visit("type", stream.type);
  visit("codec", stream.codec);
  visit("action", stream.action);
  visit("target", stream.target_codec);
  visit("reason_code", stream.why);
  visit("reason", stream.reason);
  visit("language", stream.language);
  visit("title", stream.title);
  visit("encrypted", stream.encrypted);
}

template <class V, Either<Planned> T>
void fields(V& visit, T& planned) {
  visit("width", planned.width);
  visit("height", planned.height);
  visit("bit_depth", planned.bit_depth);
  visit("frame_rate", planned.frame_rate);
  visit("frames", planned.frames);
  visit("duration", planned.duration);
}

template <class V, Either<Inspection> T>
void fields(V& visit, T& inspection) {
  visit("format", inspection.format);
  visit("duration", inspection.duration);
  visit("start", inspection.start);
  visit("bytes", inspection.bytes);
  visit("codec", inspection.video_codec);
  visit("width", inspection.width);
  visit("height", inspection.height);
  visit("bit_depth", inspection.bit_depth);
  visit("frame_rate", inspection.frame_rate);
  visit("frames", inspection.frames);
  visit("has_video", inspection.has_video);
  visit("is_hevc", inspection.is_hevc);
  visit("container", inspection.container);
  visit("planned", inspection.planned);
  visit("streams", inspection.streams);
}

template <class V, Either<StreamCount> T>
void fields(V& visit, T& stream) {
  visit("index", stream.index);
  visit("type", stream.type);
  visit("codec", stream.codec);
  visit("packets", stream.packets);
  visit("start", stream.start);
  visit("end", stream.end);
  visit("source_end", stream.source_end);
}

template <class V, Either<TranscodeReport> T>
void fields(V& visit, T& report) {
  visit("inspection", report.inspection);
  visit("outputs", report.outputs);
  visit("frames", report.frames);
  visit("duration", report.duration);
  visit("bytes_out", report.bytes_out);
  visit("damage", report.damage);
  visit("incomplete", report.incomplete);
  visit("warnings", report.warnings);
}

template <class V, Either<VerifyReport> T>
void fields(V& visit, T& report) {
  visit("lowest_ssim", report.lowest_ssim);
  visit("lowest_ssim_frame", report.lowest_ssim_frame);
  visit("frames_decoded", report.frames_decoded);
}

template <class V, Either<KeyFrame> T>
void fields(V& visit, T& key) {
  visit("pts", key.pts);
  visit("dts", key.dts);
  visit("position", key.position);
  visit("frames", key.frames);
  visit("bytes", key.bytes);
  visit("cut", key.cut);
  visit("scene", key.scene);
}

template <class V, Either<KeyFrameIndex> T>
void fields(V& visit, T& index) {
  visit("refusal", index.refusal);
  visit("stream", index.stream);
  visit("time_base_num", index.time_base.num);
  visit("time_base_den", index.time_base.den);
  visit("begin", index.begin);
  visit("end", index.end);
  visit("frames", index.frames);
  visit("key_interval", index.key_interval);
  visit("container_index", index.container_index);
  visit("keys", index.keys);
}

template <class V, Either<SegmentRange> T>
void fields(V& visit, T& range) {
  visit("begin", range.begin);
  visit("end", range.end);
  visit("start", range.start);
  visit("dts", range.dts);
  visit("position", range.position);
}

template <class V, Either<SegmentReport> T>
void fields(V& visit, T& report) {
  visit("begin", report.begin);
  visit("end", report.end);
  visit("options_hash", report.options_hash);
  visit("head", report.head);
  visit("tail", report.tail);
  visit("frames", report.frames);
  visit("bytes", report.bytes);
  visit("decode_errors", report.decode_errors);
}

}  // namespace media

namespace tasks {

template <>
struct EnumNames<Container> {
  static constexpr std::array<std::pair<Container, std::string_view>, 4> names{
      {{Container::automatic, "auto"}, {Container::mp4, "mp4"}, {Container::mkv, "mkv"}, {Container::mov, "mov"}}};
};
template <>
struct EnumNames<Deinterlace> {
  static constexpr std::array<std::pair<Deinterlace, std::string_view>, 3> names{
      {{Deinterlace::automatic, "auto"}, {Deinterlace::on, "on"}, {Deinterlace::off, "off"}}};
};
template <>
struct EnumNames<media::StreamPlan::Why> {
  using Why = media::StreamPlan::Why;
  static constexpr std::array<std::pair<Why, std::string_view>, 8> names{
      {{Why::none, ""}, {Why::not_wanted, "not_wanted"}, {Why::made_anew, "made_anew"},
       {Why::other_program, "other_program"}, {Why::encrypted, "encrypted"}, {Why::undecodable, "undecodable"},
       {Why::unknown_codec, "unknown_codec"}, {Why::no_place, "no_place"}}};
};
template <>
struct EnumNames<media::StreamPlan::Action> {
  using Action = media::StreamPlan::Action;
  static constexpr std::array<std::pair<Action, std::string_view>, 4> names{
      {{Action::encode, "encode"}, {Action::copy, "copy"}, {Action::convert, "convert"}, {Action::drop, "drop"}}};
};

template <class V, Either<InspectArgument> T>
void fields(V& visit, T& argument) {
  visit("name", argument.name);
  visit("options", argument.options);
}

template <class V, Either<InspectAnswer> T>
void fields(V& visit, T& answer) {
  visit("inspection", answer.inspection);
  visit("warnings", answer.warnings);
}

template <class V, Either<EncodeArgument> T>
void fields(V& visit, T& argument) {
  visit("name", argument.name);
  visit("options", argument.options);
  visit("byte_limit", argument.byte_limit);
  visit("measure", argument.measure);
}

template <class V, Either<SegmentArgument> T>
void fields(V& visit, T& argument) {
  visit("name", argument.name);
  visit("options", argument.options);
  visit("options_hash", argument.options_hash);
  visit("range", argument.range);
  visit("measure", argument.measure);
}

template <class V, Either<AssembleArgument> T>
void fields(V& visit, T& argument) {
  visit("encode", argument.encode);
  visit("options_hash", argument.options_hash);
}

template <class V, Either<EncodeAnswer> T>
void fields(V& visit, T& answer) {
  visit("report", answer.report);
  visit("over_limit", answer.over_limit);
}

template <class V, Either<VerifyArgument> T>
void fields(V& visit, T& argument) {
  visit("name", argument.name);
  visit("depth", argument.depth);
  visit("options", argument.options);
  visit("expected", argument.expected);
}

template <class V, Either<VerifyAnswer> T>
void fields(V& visit, T& answer) {
  visit("report", answer.report);
}

template <class V, Either<ProgressMessage> T>
void fields(V& visit, T& message) {
  visit("worker", message.worker);
  visit("progress", message.progress);
}

std::string dump(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

template <class T>
nlohmann::json to_json(const T& value) {
  return FieldWriter::write(value);
}

template <class T>
std::string to_text(const T& value) {
  return dump(FieldWriter::write(value));
}

template <class T>
Expected<T> from_text(std::string_view text) {
  auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) return fail("request", "bad_json", "the argument is not JSON");
  T value;
  if (auto problem = FieldReader::read(json, value, "")) return fail("request", "bad_argument", *problem);
  return value;
}

#define HEVCPOOL_TEXT_FORM(Type)                           \
  template nlohmann::json to_json<Type>(const Type&);      \
  template std::string to_text<Type>(const Type&);         \
  template Expected<Type> from_text<Type>(std::string_view)

HEVCPOOL_TEXT_FORM(EncodeOptions);
HEVCPOOL_TEXT_FORM(InspectArgument);
HEVCPOOL_TEXT_FORM(InspectAnswer);
HEVCPOOL_TEXT_FORM(EncodeArgument);
HEVCPOOL_TEXT_FORM(EncodeAnswer);
HEVCPOOL_TEXT_FORM(SegmentArgument);
HEVCPOOL_TEXT_FORM(AssembleArgument);
HEVCPOOL_TEXT_FORM(media::KeyFrameIndex);
HEVCPOOL_TEXT_FORM(media::SegmentReport);
HEVCPOOL_TEXT_FORM(VerifyArgument);
HEVCPOOL_TEXT_FORM(VerifyAnswer);
HEVCPOOL_TEXT_FORM(ProgressMessage);
HEVCPOOL_TEXT_FORM(std::vector<media::StreamPlan>);
HEVCPOOL_TEXT_FORM(std::vector<media::Warning>);

std::string_view to_string(Container container) { return enum_name(container); }
std::string_view to_string(media::StreamPlan::Action action) { return enum_name(action); }

}  // namespace tasks
}  // namespace hevcpool
