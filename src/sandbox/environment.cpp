// SPDX-License-Identifier: GPL-2.0-or-later
#include "sandbox/environment.h"

#include <fmt/format.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace hevcpool::sandbox {
namespace {

constexpr std::array<std::string_view, 13> kKept = {
    "LANG",  "LC_ALL", "LC_CTYPE", "LC_NUMERIC", "LC_MESSAGES", "TZ", "LD_LIBRARY_PATH", "FONTCONFIG_FILE",
    "FONTCONFIG_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"};

std::string_view name_of(const char* entry) {
  const std::string_view text(entry);
  return text.substr(0, text.find('='));
}

bool is_kept(const char* entry) { return std::ranges::find(kKept, name_of(entry)) != kKept.end(); }

// Only the block that the kernel put on the initial stack is surely writable: it ends at the program's file name.
bool on_initial_stack(const char* entry) {
  const auto address = reinterpret_cast<std::uintptr_t>(entry);
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  return address > here && address < ::getauxval(AT_EXECFN);
}

void wipe(char* entry) {
  if (on_initial_stack(entry)) ::explicit_bzero(entry, std::strlen(entry));
}

}  // namespace

Layer scrub_environment() {
  std::vector<std::string> kept;
  std::vector<char*> removed;
  for (char** entry = environ; entry && *entry; ++entry) {
    if (is_kept(*entry))
      kept.emplace_back(*entry);
    else
      removed.push_back(*entry);
  }
  ::clearenv();
  for (char* entry : removed) wipe(entry);
  for (const std::string& entry : kept) {
    const std::size_t equals = entry.find('=');
    if (equals != std::string::npos) ::setenv(entry.substr(0, equals).c_str(), entry.c_str() + equals + 1, 1);
  }
  return {"environment", true, fmt::format("{} variables kept", kept.size())};
}

}  // namespace hevcpool::sandbox
