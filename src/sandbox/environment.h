// SPDX-License-Identifier: GPL-2.0-or-later
// Keeps the caller's secrets out of a worker's environment.
#pragma once

#include "sandbox/confinement.h"

namespace hevcpool::sandbox {

// Removes every variable but those that locale, time zone, library search and sanitizers need, and overwrites the
// text of the removed ones in this process. One thread only.
Layer scrub_environment();

}  // namespace hevcpool::sandbox
