// SPDX-License-Identifier: GPL-2.0-or-later
// What a process of the pool does to itself after it was forked, and what the host checks before. No state; each
// function is called once, by the process it concerns.
#pragma once

#include "base/error.h"
#include "base/unique_fd.h"

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace hevcpool::pool {

// Only a process with one thread, and only its main thread, may fork: another thread could hold a lock for ever
// in the child, and a parent-death signal is sent when the forking thread ends.
Expected<void> require_only_main_thread();

// Standard input, output and error become `input`, `output`, `output`; `kept` becomes descriptor 3; every other
// one is closed. Returns the kept one. Fails only where the kernel is out of descriptors.
Expected<UniqueFd> keep_descriptors(int input, int output, UniqueFd kept);

// Asks for `signal` at the parent's death. False when the parent, `parent`, is dead already: exit then.
bool die_with_parent(int signal, pid_t parent);

// The soft limit of open descriptors: what it is, as far as it goes, and what it should be (0: leave it).
std::uint64_t descriptor_limit();
void raise_descriptor_limit();
void limit_descriptors(std::uint64_t limit);

void name_process(const std::string& name);
// Lets the kernel choose this process before the host when memory runs out.
void prefer_as_oom_victim();
// Forgets what the parent had buffered for its standard output.
void discard_stdio();

}  // namespace hevcpool::pool
