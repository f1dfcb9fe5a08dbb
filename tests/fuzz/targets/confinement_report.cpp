// SPDX-License-Identifier: GPL-2.0-or-later
// What a worker says about its confinement: text from a process that is not trusted.
#include "fuzz/targets/target.h"

#include "sandbox/confinement.h"

#include <cstdlib>

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = hevcpool::sandbox_report_from_json({reinterpret_cast<const char*>(data), size});
  if (read.layers.empty() && read.complete()) std::abort();
  static_cast<void>(read.summary());
  return 0;
}
