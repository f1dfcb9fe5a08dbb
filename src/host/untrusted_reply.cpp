// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/untrusted_reply.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace hevcpool::host {

// Separators within texts count, too: the bound is far from every honest answer.
Expected<void> check_size(std::string_view json, std::size_t most) {
  const auto opens_value = [](char c) { return c == ',' || c == '[' || c == '{' || c == ':'; };
  if (static_cast<std::size_t>(std::ranges::count_if(json, opens_value)) <= most) return {};
  return fail("commit", "bad_answer", "the worker's answer is larger than any can be");
}

Expected<std::string> as_one_line(std::string json) {
  if (!nlohmann::json::accept(json)) return fail("commit", "bad_answer", "the worker's answer is not JSON");
  std::ranges::replace_if(json, [](char c) { return c == '\n' || c == '\r'; }, ' ');  // never within a text
  return json;
}

}  // namespace hevcpool::host
