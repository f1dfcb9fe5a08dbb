// SPDX-License-Identifier: GPL-2.0-or-later
// The public report, under the names that this folder uses.
#pragma once

#include <hevcpool/sandbox.h>

namespace hevcpool::sandbox {

using Layer = SandboxLayer;
using Confinement = SandboxReport;

}  // namespace hevcpool::sandbox
