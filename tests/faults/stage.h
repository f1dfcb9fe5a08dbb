// SPDX-License-Identifier: GPL-2.0-or-later
// A folder with sources and the command that converts them, and what must be true of it after any fault: sources
// whole, every output complete, nothing else left. Dies with everything in it.
#pragma once

#include "faults/fault_plan.h"
#include "faults/program.h"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hevcpool::faults {

using Files = std::map<std::string, std::string>;  // relative path → contents

class Stage {
 public:
  Stage();
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  // Back to the beginning: in/ with the clips, out/ empty.
  void reset();
  std::filesystem::path folder() const { return folder_; }
  std::string in() const { return folder_ / "in"; }
  std::string out() const { return folder_ / "out"; }
  Files files() const;             // all that is there, hidden files included; not the plan

  // hevcpool encode <in> [-o <out>] <extra>, as JSON, few and fast.
  Program command(std::vector<std::string> extra = {}, bool beside = false) const;

  // Runs with the injector loaded. Calls on files count whose path begins with the folder's and `only`.
  Finished run_with(Program program, std::uint32_t calls, Action action, std::uint64_t at, int error,
                    const std::string& only = "");
  const FaultPlan& plan() const { return *plan_; }

 private:
  std::filesystem::path folder_;
  std::string plan_path_;
  FaultPlan* plan_ = nullptr;  // a shared mapping, unmapped by the destructor
};

// The generated clips, name → contents; made once.
const Files& clips();

}  // namespace hevcpool::faults
