// SPDX-License-Identifier: GPL-2.0-or-later
// The file in memory that a worker writes its measurements into: made by the host, so that its size never matters to
// a message.
#pragma once

#include "base/unique_fd.h"

#include <string>

namespace hevcpool::host {

// Not valid where memory is short: the descriptor then is of /dev/null, and nothing is measured.
UniqueFd make_measured_file();
UniqueFd duplicate_of(const UniqueFd& file);
// What is in it; empty when it is none, or when a worker wrote unreasonably much.
std::string read_measured_file(const UniqueFd& file);

}  // namespace hevcpool::host
