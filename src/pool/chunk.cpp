// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/chunk.h"

#include <cstring>

namespace hevcpool::pool {
namespace {

template <class T>
void append_number(std::string& list, T value) {
  list.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// Takes a number, or a text, from the front; false when there is too little left.
template <class T>
bool take_number(std::string_view& list, T& value) {
  if (list.size() < sizeof value) return false;
  std::memcpy(&value, list.data(), sizeof value);
  list.remove_prefix(sizeof value);
  return true;
}

bool take_text(std::string_view& list, std::string_view& text) {
  std::uint32_t size = 0;
  if (!take_number(list, size) || size > list.size()) return false;
  text = list.substr(0, size);
  list.remove_prefix(size);
  return true;
}

}  // namespace

void append_argument(std::string& list, std::string_view text) {
  append_number(list, static_cast<std::uint32_t>(text.size()));
  list.append(text);
}

std::optional<std::vector<std::string_view>> split_arguments(std::string_view list) {
  std::vector<std::string_view> arguments;
  while (!list.empty())
    if (!take_text(list, arguments.emplace_back())) return std::nullopt;
  return arguments;
}

void append_result(std::string& list, ipc::Outcome outcome, std::string_view text) {
  append_number(list, static_cast<std::uint16_t>(outcome));
  append_number(list, std::uint16_t{0});
  append_argument(list, text);
}

std::optional<std::vector<ChunkResult>> split_results(std::string_view list) {
  std::vector<ChunkResult> results;
  while (!list.empty()) {
    std::uint16_t outcome = 0, reserved = 0;
    ChunkResult& result = results.emplace_back();
    if (!take_number(list, outcome) || !take_number(list, reserved) || !take_text(list, result.text))
      return std::nullopt;
    if (outcome > static_cast<unsigned>(ipc::Outcome::exception) || reserved) return std::nullopt;
    result.outcome = static_cast<ipc::Outcome>(outcome);
  }
  return results;
}

}  // namespace hevcpool::pool
