// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/still/thumbnail_times.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

namespace hevcpool::media {
namespace {

// A plain non-negative decimal number that is all of `text`.
std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  if (!(value >= 0) || !std::isfinite(value)) return std::nullopt;
  return value;
}

// [[hours:]minutes:]seconds
std::optional<double> clock_time(std::string_view text) {
  double total = 0;
  for (int part = 0; part < 3; ++part) {
    const auto colon = text.find(':');
    const auto value = number(text.substr(0, colon));
    if (!value || (part > 0 && *value >= 60)) return std::nullopt;
    total = total * 60 + *value;
    if (colon == std::string_view::npos) return total;
    if (*value != std::floor(*value)) return std::nullopt;
    text.remove_prefix(colon + 1);
  }
  return std::nullopt;
}

std::optional<double> percentage(std::string_view text) {
  if (text.empty() || text.back() != '%') return std::nullopt;
  const auto value = number(text.substr(0, text.size() - 1));
  return value && *value <= 100 ? value : std::nullopt;
}

std::string stamp(double seconds) {
  const auto milliseconds = std::llround(seconds * 1000);
  return fmt::format("{:02}:{:02}:{:02}.{:03}", milliseconds / 3600000, milliseconds / 60000 % 60,
                     milliseconds / 1000 % 60, milliseconds % 1000);
}

}  // namespace

Expected<double> parse_moment(const std::string& text, double duration) {
  if (const auto percent = percentage(text)) {
    if (!(duration > 0)) return fail("request", "no_duration", "a percentage needs a file of known duration");
    return *percent / 100 * duration;
  }
  if (const auto seconds = clock_time(text)) return *seconds;
  return fail("request", "bad_option", fmt::format("\"{}\" is not a time (seconds, [h:]m:s or N%)", text));
}

bool is_part_of_duration(const std::string& text) { return percentage(text).has_value(); }

bool valid_moment(const std::string& text) { return percentage(text) || clock_time(text); }

std::vector<double> even_moments(unsigned count, double duration) {
  std::vector<double> out;
  for (unsigned i = 0; i < count; ++i) out.push_back((i + 0.5) * duration / count);
  return out;
}

std::string sheet_map(const std::vector<double>& moments, double duration, const SheetLayout& layout) {
  std::string out = "WEBVTT\n";
  for (std::size_t i = 0; i < moments.size(); ++i) {
    // each picture stands for the time around its moment
    const double from = i == 0 ? 0 : (moments[i - 1] + moments[i]) / 2;
    const double to = i + 1 == moments.size() ? std::max(duration, moments[i]) : (moments[i] + moments[i + 1]) / 2;
    const auto column = static_cast<int>(i % layout.columns), row = static_cast<int>(i / layout.columns);
    out += fmt::format("\n{} --> {}\n{}#xywh={},{},{},{}\n", stamp(from), stamp(to), layout.sheet_name,
                       column * (layout.width + layout.gap), row * (layout.height + layout.gap), layout.width,
                       layout.height);
  }
  return out;
}

}  // namespace hevcpool::media
