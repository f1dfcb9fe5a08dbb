// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/video/filter_rules.h"

#include "media/libav/av.h"

#include <fmt/ranges.h>

extern "C" {
#include <libavutil/opt.h>
#include <libavutil/parseutils.h>
}

#include <algorithm>
#include <array>
#include <charconv>

namespace hevcpool::media {
namespace {

// Filters whose purpose is a file, a device, a socket or another program's model.
// clang-format off
constexpr std::array<std::string_view, 33> kRefused{
    "movie", "amovie", "subtitles", "ass", "sendcmd", "asendcmd", "zmq", "azmq", "lut3d", "lut1d", "frei0r",
    "frei0r_src", "ladspa", "lv2", "ocv", "ocr", "dnn_classify", "dnn_detect", "dnn_processing", "sr", "derain",
    "deepcrawl", "vidstabdetect", "vidstabtransform", "removelogo", "nnedi", "find_rect", "cover_rect", "fieldhint",
    "lensfun", "arnndn", "program_opencl", "openclsrc"};
// clang-format on

constexpr std::array<std::string_view, 18> kFileOptions{
    "file",       "filename", "fontfile", "textfile",           "psfile",        "plot",
    "stats_file", "log_path", "model",    "model_path",         "filepath",      "datapath",
    "db_path",    "hint",     "result",   "custom_shader_path", "custom_shader", "sofa"};

// Each frame comes out once, at its time, and depends on no other.
constexpr std::array<std::string_view, 27> kFrameByFrame{
    "scale",    "crop",     "pad",       "format",    "hflip",   "vflip",  "transpose", "setsar",   "setdar",
    "null",     "copy",     "unsharp",   "gblur",     "boxblur", "smartblur", "avgblur", "cas",     "curves",
    "lut",      "lutyuv",   "lutrgb",    "negate",    "colorspace", "colorbalance", "colormatrix", "drawbox", "zscale"};

template <class Array>
bool contains(const Array& array, std::string_view name) {
  return std::find(array.begin(), array.end(), name) != array.end();
}

Unexpected refuse(std::string message) {
  return fail("filter", "bad_option", std::move(message));
}

// Reads like av_get_token(): quotes and backslashes protect.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}
  bool done() const { return at_ >= text_.size(); }
  char peek() const { return done() ? '\0' : text_[at_]; }
  void skip() { ++at_; }
  void skip_spaces() {
    while (!done() && (peek() == ' ' || peek() == '\n' || peek() == '\t' || peek() == '\r')) skip();
  }
  std::string_view until(std::string_view ends) {
    const std::size_t begin = at_;
    bool quoted = false;
    for (; !done() && (quoted || ends.find(peek()) == std::string_view::npos); ++at_) {
      if (peek() == '\'')
        quoted = !quoted;
      else if (peek() == '\\' && !quoted && at_ + 1 < text_.size())
        ++at_;
    }
    at_ = std::min(at_, text_.size());
    return text_.substr(begin, at_ - begin);
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

Expected<void> skip_labels(Scanner& in) {
  for (in.skip_spaces(); in.peek() == '['; in.skip_spaces()) {
    in.until("]");
    if (in.done()) return refuse("a label of the filter graph has no ']'");
    in.skip();
  }
  return {};
}

FilterCall read_call(Scanner& in) {
  FilterCall call;
  const std::string_view name = trimmed(in.until("=,;["));
  call.name = name.substr(0, name.find('@'));
  if (in.peek() == '=') {
    in.skip();
    call.arguments = trimmed(in.until(",;["));
  }
  return call;
}

bool is_file_option(const AVOption& option) {
  const std::string_view name = option.name;
  return contains(kFileOptions, name) || name.find("file") != std::string_view::npos ||
         name.find("path") != std::string_view::npos;
}

bool takes_file(const AVFilter& filter, std::string_view key) {
  if (filter.priv_class == nullptr) return false;
  const AVOption* option = nullptr;
  const AVClass* context = filter.priv_class;
  while ((option = av_opt_next(&context, option)) != nullptr)
    if (option->name == key && option->type == AV_OPT_TYPE_STRING) {
      // "f" and the like are other names of the same field.
      const AVOption* other = nullptr;
      while ((other = av_opt_next(&context, other)) != nullptr)
        if (other->offset == option->offset && other->type == option->type && is_file_option(*other))
          return true;
    }
  return false;
}

// Options by their place: the first that a filter takes may be its file.
bool first_place_is_file(const AVFilter& filter) {
  const AVClass* context = filter.priv_class;
  const AVOption* first = context != nullptr ? av_opt_next(&context, nullptr) : nullptr;
  return first != nullptr && first->type == AV_OPT_TYPE_STRING && takes_file(filter, first->name);
}

Expected<void> check_argument(const AVFilter& filter, std::string_view argument) {
  const auto equal = argument.find('=');
  const std::string_view key = trimmed(argument.substr(0, equal));
  const bool named = equal != std::string_view::npos;
  if (key.starts_with('/'))
    return refuse(fmt::format("filter '{}': option '{}' would be read from a file", filter.name, key));
  if (named && takes_file(filter, key))
    return refuse(
        fmt::format("filter '{}': option '{}' names a file, which is not allowed", filter.name, key));
  if (!named && first_place_is_file(filter))
    return refuse(fmt::format("filter '{}': write its options with their names", filter.name));
  return {};
}

Expected<void> check_call(const FilterCall& call) {
  if (contains(kRefused, call.name))
    return refuse(fmt::format("filter '{}' is not allowed: it uses more than the pictures", call.name));
  const AVFilter* filter = avfilter_get_by_name(call.name.c_str());
  if (filter == nullptr) return refuse(fmt::format("there is no filter '{}'", call.name));
  Scanner in(call.arguments);
  while (!in.done()) {
    HEVCPOOL_CHECK(check_argument(*filter, in.until(":")));
    in.skip();
  }
  return {};
}

// Keeps libav quiet while a filter is tried out: what is wrong is told by the error.
class Quiet {
 public:
  Quiet() : level_(av_log_get_level()) { av_log_set_level(AV_LOG_QUIET); }
  ~Quiet() { av_log_set_level(level_); }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  int level_;
};

Expected<void> try_out(std::string_view graph) {
  Quiet quiet;
  FilterGraphPtr trial(avfilter_graph_alloc());
  AVFilterInOut *inputs = nullptr, *outputs = nullptr;
  if (!trial) return fail_av("filter", "no memory", AVERROR(ENOMEM));
  const int result = avfilter_graph_parse2(trial.get(), std::string(graph).c_str(), &inputs, &outputs);
  const bool one_in = inputs != nullptr && inputs->next == nullptr;
  const bool one_out = outputs != nullptr && outputs->next == nullptr;
  avfilter_inout_free(&inputs);
  avfilter_inout_free(&outputs);
  if (result < 0) return refuse(fmt::format("filter graph '{}' is not valid: {}", graph, av_message(result)));
  if (!one_in || !one_out)
    return refuse(fmt::format("filter graph '{}' must have one input and one output", graph));
  return {};
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool is_number(std::string_view text, long least, long most) {
  long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= least && value <= most;
}

bool are_numbers(std::string_view text, std::size_t count, long least) {
  const auto parts = split(text, ':');
  return parts.size() == count &&
         std::all_of(parts.begin(), parts.end(), [&](auto part) { return is_number(part, least, 65535); });
}

bool is_rate(std::string_view text) {
  AVRational rate{};
  return av_parse_video_rate(&rate, std::string(text).c_str()) >= 0 && rate.num > 0;
}

}  // namespace

Expected<std::vector<FilterCall>> list_filters(std::string_view graph) {
  std::vector<FilterCall> calls;
  Scanner in(graph);
  while (!in.done()) {
    HEVCPOOL_CHECK(skip_labels(in));
    calls.push_back(read_call(in));
    if (calls.back().name.empty())
      return refuse(fmt::format("filter graph '{}' names no filter somewhere", graph));
    HEVCPOOL_CHECK(skip_labels(in));
    if (!in.done() && in.peek() != ',' && in.peek() != ';')
      return refuse(fmt::format("filter graph '{}' cannot be read", graph));
    in.skip();
  }
  return calls;
}

bool works_frame_by_frame(const FilterCall& call) { return contains(kFrameByFrame, call.name); }

bool keeps_times(std::string_view graph) {
  if (graph.empty()) return true;
  const auto filters = list_filters(graph);
  return filters && std::ranges::all_of(*filters, works_frame_by_frame);
}

Expected<void> check_filter_graph(std::string_view graph) {
  if (graph.empty()) return {};
  if (trimmed(graph).starts_with("sws_flags="))
    return refuse("write flags=... with the scale filter instead of sws_flags");
  HEVCPOOL_ASSIGN(const auto calls, list_filters(graph));
  for (const auto& call : calls) HEVCPOOL_CHECK(check_call(call));
  return try_out(graph);
}

Expected<std::string> compose_filters(const EncodeOptions& options) {
  std::vector<std::string> parts;
  if (!options.crop.empty() && options.crop != "auto") {
    if (!are_numbers(options.crop, 4, 0))
      return refuse(fmt::format("crop '{}' is not auto or W:H:X:Y", options.crop));
    parts.push_back("crop=" +
                    options.crop);  // to whole chroma samples: its exact=1 tears 16-bit samples apart
  }
  if (!options.vf.empty()) parts.push_back(options.vf);
  if (!options.scale.empty()) {
    if (!are_numbers(options.scale, 2, -16))
      return refuse(fmt::format("scale '{}' is not W:H", options.scale));
    parts.push_back("scale=" + options.scale + ":flags=lanczos+accurate_rnd+full_chroma_int");
  }
  if (!options.fps.empty()) {
    if (!is_rate(options.fps))
      return refuse(fmt::format("fps '{}' is not a number or fraction", options.fps));
    parts.push_back("fps=" + options.fps);
  }
  return fmt::format("{}", fmt::join(parts, ","));
}

}  // namespace hevcpool::media
