// SPDX-License-Identifier: GPL-2.0-or-later
// The command line of `hevcpool encode`, read into a value. Touches no file.
#pragma once

#include "cli/options/parse_exit.h"
#include "plan/paths/request.h"

#include <string>
#include <variant>

namespace hevcpool::cli {

struct EncodeArguments {
  plan::Request request;
  int nice = 0;
  bool idle = false;
  Pin pin = Pin::none;
  unsigned workers = 0;       // 0: as many as there are CPUs to use
  unsigned threads = 0;       // of one encoder; 0: one, more where a file cannot be cut and CPUs would idle
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  bool sandbox = true;
  bool require_sandbox = false;
  bool fresh_workers = false;
  std::uint64_t worker_memory = 0;        // MiB
  std::string joblog, succeeded, failed;  // files to write; empty: none
  std::string report, trace;              // the same
};

std::variant<EncodeArguments, ParseExit> parse_encode(int argc, const char* const* argv);

}  // namespace hevcpool::cli
