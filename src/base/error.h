// SPDX-License-Identifier: GPL-2.0-or-later
// The one error type of the internals. An Error says at which stage something failed, a short machine-readable
// code, a sentence for people, and the errno or AVERROR behind it (0 when there is none). It is a plain value:
// copy it, move it, keep it. Functions that can fail return Expected<T>; no exception crosses a folder.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace hevcpool {

struct Error {
  std::string stage;    // where: "open", "demux", "decode", "filter", "encode", "mux", "verify", "commit", "pool"...
  std::string code;     // what, for programs: "no_video", "truncated", "bad_option", an errno name such as "ENOSPC"
  std::string message;  // what, for people: one line, without the file's name and without the stage
  int system = 0;       // errno (positive) or AVERROR (negative) behind it, 0 when there is none
};

template <class T>
using Expected = tl::expected<T, Error>;
using Unexpected = tl::unexpected<Error>;

// Makes the failing return value: `return fail("open", "no_video", "there is no video stream");`
[[nodiscard]] Unexpected fail(std::string_view stage, std::string_view code, std::string message, int system = 0);

// The same for a failed system call: code is the errno's name ("ENOSPC"), message is "what: strerror".
[[nodiscard]] Unexpected fail_errno(std::string_view stage, std::string_view what, int error_number);

// The symbolic name of an errno ("EIO"), or "E<number>" for one unknown to libc.
std::string errno_name(int error_number);

}  // namespace hevcpool

#define HEVCPOOL_CONCAT_(a, b) a##b
#define HEVCPOOL_CONCAT(a, b) HEVCPOOL_CONCAT_(a, b)

// Evaluates an Expected; returns its error from the enclosing function, or goes on.
#define HEVCPOOL_CHECK(expression)                                          \
  do {                                                                      \
    if (auto hevcpool_outcome = (expression); !hevcpool_outcome)            \
      return ::hevcpool::Unexpected(std::move(hevcpool_outcome.error()));   \
  } while (false)

// Evaluates an Expected<T>; returns its error, or assigns its value to `target` (which may be a declaration).
#define HEVCPOOL_ASSIGN(target, expression) \
  HEVCPOOL_ASSIGN_(HEVCPOOL_CONCAT(hevcpool_value_, __LINE__), target, expression)
#define HEVCPOOL_ASSIGN_(temporary, target, expression)                        \
  auto temporary = (expression);                                               \
  if (!temporary) return ::hevcpool::Unexpected(std::move(temporary.error())); \
  target = std::move(*temporary)
