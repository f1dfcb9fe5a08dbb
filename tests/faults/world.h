// SPDX-License-Identifier: GPL-2.0-or-later
// Runs in which the test changes the world at a known moment: the process that makes a certain call is held there.
#pragma once

#include "faults/matrix.h"
#include "faults/stage.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <thread>

namespace hevcpool::faults {

class WorldTest : public ::testing::Test {
 protected:
  // Waits until the injector has fired.
  bool wait_for_fault() const {
    for (int i = 0; i < 20000 && stage_.plan().fired == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return stage_.plan().fired > 0;
  }

  // Stops the process that makes the `at`th call of the kind, lets `change` happen, lets it go on.
  Finished with_change_at(std::uint32_t calls, std::uint64_t at, const std::function<void(pid_t program)>& change,
                          Program program) {
    program.meanwhile = [this, change](pid_t pid) {
      if (!wait_for_fault()) return;
      change(pid);
      ::kill(stage_.plan().victim, SIGCONT);
    };
    return stage_.run_with(program, calls, Action::stop_self, at, 0);
  }
  Finished with_change_at(std::uint32_t calls, std::uint64_t at, const std::function<void(pid_t program)>& change) {
    return with_change_at(calls, at, change, stage_.command());
  }

  static std::string status_of(const Finished& finished, const std::string& input) {
    for (const auto& done : finished.events("done"))
      if (std::filesystem::path(done.value("input", "")).filename() == input) return done.value("status", "");
    return "none";
  }

  Stage stage_;
};

}  // namespace hevcpool::faults
