// SPDX-License-Identifier: GPL-2.0-or-later
// The fault matrix: one row for each kind of fault, with what the user saw and what was left on the disk. Printed
// at the end of the test program, and written to the file that HEVCPOOL_FAULT_TABLE names.
#pragma once

#include "faults/program.h"
#include "faults/stage.h"

#include <cstdint>
#include <string>
#include <vector>

namespace hevcpool::faults {

void add_row(const std::string& fault, int runs, const std::string& seen, const std::string& left);

// What a user sees of a run: exit status and the distinct error codes, "exit 1: ENOSPC".
std::string seen_by_user(const Finished& finished);

// What an undisturbed run leaves in out/: the measure of every other run. Made once.
const Files& reference_outputs();

// Every rule that holds after any fault; an empty text, or what is broken. `replaced`: outputs take the place of
// their sources, so a source may be the old or the new file.
struct Rules {
  bool replaced = false;
  bool died = false;      // the program itself was killed: temporaries under their own names may be left
  bool finished = false;  // no fault is left: everything must be done
};
std::string broken_rule(const Stage& stage, const Finished& finished, const Rules& rules = {});

// 1…total: all of them when HEVCPOOL_FAULTS=all, else a few that contain the first and the last.
std::vector<std::uint64_t> positions(std::uint64_t total, std::uint64_t few = 6);

// A number that a longer run sets: HEVCPOOL_<name>.
std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise);

}  // namespace hevcpool::faults
