// SPDX-License-Identifier: GPL-2.0-or-later
// Whether another run of the same job may do better: then what is finished of it is kept. Pure.
#pragma once

#include <hevcpool/result.h>

namespace hevcpool::host {

// The machine (disk, memory, time, storage) or somebody stopped the job. A crash says nothing of the source: too little
// memory looks the same. False: it failed because of its source or its options, and will fail again.
bool may_do_better(const JobError& error);

}  // namespace hevcpool::host
