// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/term/text.h"

#include <fmt/format.h>
#include <locale.h>
#include <wchar.h>
#include <wctype.h>

#include <cmath>
#include <vector>

namespace hevcpool::cli {
namespace {

constexpr char32_t kInvalid = 0xFFFFFFFF;

struct Character {
  std::string_view bytes;
  char32_t point = kInvalid;
};

// Shortest-form UTF-8 only; a byte that starts no character is one by itself, invalid.
Character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {text.substr(0, 1), lead};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {text.substr(0, 1), kInvalid};
  char32_t point = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0U) != 0x80) return {text.substr(0, 1), kInvalid};
    point = (point << 6U) | (byte & 0x3FU);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  if (point < kSmallest[length] || point > 0x10FFFF || surrogate) return {text.substr(0, 1), kInvalid};
  return {text.substr(0, length), point};
}

// The C library's character tables, for UTF-8, whatever locale the user has. Lives as long as the program.
locale_t utf8_locale() {
  static const locale_t locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

int width_of(char32_t point) {
  const locale_t before = utf8_locale() ? ::uselocale(utf8_locale()) : nullptr;
  const int width = ::wcwidth(static_cast<wchar_t>(point));
  if (before) ::uselocale(before);
  return width;
}

// Marks that reorder or join what follows would let a name disguise itself.
bool invisible(char32_t point) {
  return (point >= 0x200B && point <= 0x200F) || (point >= 0x202A && point <= 0x202E) ||
         (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF;
}

std::string escaped(const Character& character) {
  if (character.point == '\n') return "\\n";
  if (character.point == '\r') return "\\r";
  if (character.point == '\t') return "\\t";
  std::string text;
  for (const char byte : character.bytes) text += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
  return text;
}

std::vector<Character> characters(std::string_view text) {
  std::vector<Character> all;
  while (!text.empty()) {
    all.push_back(first_character(text));
    text.remove_prefix(all.back().bytes.size());
  }
  return all;
}

int columns_of(const Character& character) {
  return character.point == kInvalid ? 1 : std::max(0, width_of(character.point));
}

}  // namespace

std::string printable(std::string_view text) {
  std::string safe;
  for (const Character& each : characters(text)) {
    const bool shown = each.point != kInvalid && !invisible(each.point) && width_of(each.point) >= 0;
    safe += shown ? std::string(each.bytes) : escaped(each);
  }
  return safe;
}

int columns_of(std::string_view printable_text) {
  int columns = 0;
  for (const Character& each : characters(printable_text)) columns += columns_of(each);
  return columns;
}

std::string shortened(std::string_view printable_text, int columns) {
  if (columns_of(printable_text) <= columns) return std::string(printable_text);
  if (columns < 1) return {};
  const std::vector<Character> all = characters(printable_text);
  int head_room = columns / 2, tail_room = columns - 1 - head_room;
  std::string head, tail;
  for (const Character& each : all) {
    if ((head_room -= columns_of(each)) < 0) break;
    head += each.bytes;
  }
  for (auto each = all.rbegin(); each != all.rend(); ++each) {
    if ((tail_room -= columns_of(*each)) < 0) break;
    tail.insert(0, each->bytes);
  }
  return head + "…" + tail;
}

std::string padded(std::string_view printable_text, int columns) {
  std::string text = shortened(printable_text, columns);
  text.append(static_cast<std::size_t>(std::max(0, columns - columns_of(text))), ' ');
  return text;
}

std::string duration_text(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "?";
  return seconds < 59.95 ? fmt::format("{:.1f} s", seconds) : clock_text(seconds);
}

std::string clock_text(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "?";
  const auto whole = static_cast<std::int64_t>(std::llround(std::min(seconds, 1e12)));
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string bytes_text(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  constexpr std::string_view kUnits[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
  double amount = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  for (; amount >= 999.5 && unit + 1 < std::size(kUnits); ++unit) amount /= 1000;
  return amount < 9.95 ? fmt::format("{:.1f} {}", amount, kUnits[unit]) : fmt::format("{:.0f} {}", amount, kUnits[unit]);
}

}  // namespace hevcpool::cli
