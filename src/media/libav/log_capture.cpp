// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/libav/log_capture.h"

#include "media/libav/av.h"

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <deque>
#include <map>
#include <mutex>

namespace hevcpool::media {
namespace {

constexpr std::size_t kLines = 64;
constexpr std::size_t kLineBytes = 512;

struct Line {
  std::string component, text;
  bool error;
  int repeats = 1;
};

struct Ring {
  std::mutex mutex;
  std::deque<Line> lines;
  std::map<std::string, std::int64_t, std::less<>> errors;
  int captures = 0;
};

// The one mutable global of this folder; see the header.
Ring& ring() {
  static Ring the_ring;
  return the_ring;
}

void append(std::string_view component, std::string_view text, bool error) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  if (text.empty()) return;
  const std::scoped_lock lock(ring().mutex);
  auto& lines = ring().lines;
  if (error) ++ring().errors[std::string(component)];
  if (!lines.empty() && lines.back().text == text && lines.back().component == component) {
    ++lines.back().repeats;
    return;
  }
  if (lines.size() == kLines) lines.pop_front();
  lines.push_back({std::string(component), std::string(text.substr(0, kLineBytes)), error});
}

const char* component_name(void* object) {
  const AVClass* type = object ? *static_cast<AVClass**>(object) : nullptr;
  return type && type->item_name ? type->item_name(object) : "";
}

void on_log(void* object, int level, const char* format, va_list arguments) {
  if (level > AV_LOG_WARNING) return;
  std::array<char, kLineBytes> text{};
  std::vsnprintf(text.data(), text.size(), format, arguments);
  append(component_name(object), text.data(), level <= AV_LOG_ERROR);
}

}  // namespace

LogCapture::LogCapture() {
  const std::scoped_lock lock(ring().mutex);
  if (ring().captures++ > 0) return;
  ring().lines.clear();
  ring().errors.clear();
  av_log_set_callback(&on_log);
}

LogCapture::~LogCapture() {
  const std::scoped_lock lock(ring().mutex);
  if (--ring().captures == 0) av_log_set_callback(&av_log_default_callback);
}

std::string LogCapture::tail(std::size_t count) {
  const std::scoped_lock lock(ring().mutex);
  const auto& lines = ring().lines;
  std::string text;
  for (std::size_t n = lines.size() - std::min(count, lines.size()); n < lines.size(); ++n) {
    text += text.empty() ? "" : "\n";
    text += fmt::format("{}: {}", lines[n].component, lines[n].text);
    if (lines[n].repeats > 1) text += fmt::format(" ({} times)", lines[n].repeats);
  }
  return text;
}

std::string LogCapture::last_error(std::string_view component) {
  const std::scoped_lock lock(ring().mutex);
  const auto& lines = ring().lines;
  const auto last = std::find_if(lines.rbegin(), lines.rend(), [&](const Line& line) {
    return line.error && line.component.starts_with(component);
  });
  return last == lines.rend() ? std::string() : last->text;
}

std::int64_t LogCapture::errors(std::string_view component) {
  const std::scoped_lock lock(ring().mutex);
  const auto found = ring().errors.find(component);
  return found == ring().errors.end() ? 0 : found->second;
}

void LogCapture::add(std::string_view component, std::string_view line) { append(component, line, false); }

}  // namespace hevcpool::media
