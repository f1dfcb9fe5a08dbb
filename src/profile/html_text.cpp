// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/html_text.h"

namespace hevcpool::profile {
namespace {

std::string_view entity_of(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
}

}  // namespace

std::string html_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const std::string_view entity = entity_of(c);
    if (!entity.empty()) out += entity;
    else out += is_control(c) ? ' ' : c;
  }
  return out;
}

}  // namespace hevcpool::profile
