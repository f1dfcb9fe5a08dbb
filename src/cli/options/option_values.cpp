// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/options/option_values.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

namespace hevcpool::cli {
namespace {

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Unexpected wanted(std::string_view what, const std::string& text) {
  return fail("usage", "bad_option", fmt::format("'{}' is not {}", text, what));
}

// One field of a time: digits, and in the last one a fraction.
std::optional<double> time_field(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789.") != std::string_view::npos) return std::nullopt;
  return whole_number<double>(text);
}

}  // namespace

Expected<double> parse_time(const std::string& text) {
  constexpr std::string_view kWhat = "a time (seconds, or [HH:]MM:SS)";
  double seconds = 0;
  int fields = 0;
  std::string_view rest = text;
  for (bool more = true; more; ++fields) {
    const auto colon = rest.find(':');
    more = colon != std::string_view::npos;
    const auto value = time_field(rest.substr(0, colon));
    if (!value || fields == 3 || (fields > 0 && *value >= 60)) return wanted(kWhat, text);
    seconds = seconds * 60 + *value;
    if (more) rest.remove_prefix(colon + 1);
  }
  if (seconds > 1e9) return wanted(kWhat, text);
  return seconds;
}

Expected<double> parse_length(const std::string& text) {
  const auto seconds = parse_time(text);
  if (!seconds || *seconds == 0) return wanted("a time above 0 (seconds, or [HH:]MM:SS)", text);
  return *seconds;
}

Expected<std::uint64_t> parse_bitrate(const std::string& text) {
  constexpr std::string_view kWhat = "a bit rate (bits per second, such as 2500k or 2.5M)";
  std::string_view digits = text;
  double unit = 1;
  if (digits.ends_with('k') || digits.ends_with('K')) unit = 1e3;
  if (digits.ends_with('M') || digits.ends_with('m')) unit = 1e6;
  if (unit > 1) digits.remove_suffix(1);
  const auto value = time_field(digits);
  if (!value || *value * unit < 1000 || *value * unit > 1e10) return wanted(kWhat, text);
  return static_cast<std::uint64_t>(std::llround(*value * unit));
}

Expected<unsigned> parse_workers(const std::string& text) {
  if (text == "auto") return 0U;
  const auto value = whole_number<unsigned>(text);
  if (!value || *value < 1 || *value > 1024) return wanted("a number of workers (1 to 1024, or auto)", text);
  return *value;
}

Expected<double> parse_split(const std::string& text) {
  if (text == "auto") return 0.0;
  if (text == "off") return -1.0;
  const auto seconds = parse_time(text);
  if (!seconds || *seconds < 1) return wanted("auto, off, or seconds (at least 1)", text);
  return *seconds;
}

Expected<unsigned> parse_threads(const std::string& text) {
  if (text == "auto") return 0U;
  const auto value = whole_number<unsigned>(text);
  if (!value || *value < 1 || *value > 64) return wanted("a number of threads (1 to 64, or auto)", text);
  return *value;
}

Expected<std::int64_t> parse_max_errors(const std::string& text) {
  if (text == "any") return -2;
  const auto value = whole_number<std::int64_t>(text);
  if (!value || *value < 0) return wanted("a number of errors (or a percentage, or any)", text);
  return *value;
}

Expected<double> parse_percent(const std::string& text) {
  const std::string_view digits = std::string_view(text).substr(0, text.size() - text.ends_with('%'));
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = error == std::errc{} && end == digits.data() + digits.size();
  if (!whole || !(value >= 0 && value <= 100)) return wanted("a percentage (0 to 100)", text);
  return value;
}

}  // namespace hevcpool::cli
