// SPDX-License-Identifier: GPL-2.0-or-later
// A worker's place without a worker: runs a task in the test's own process and keeps what it said.
#pragma once

#include <hevcpool/task.h>

#include <string>
#include <vector>

namespace hevcpool::tasks {

class FakeContext : public TaskContext {
 public:
  FakeContext(std::string argument, std::vector<int> descriptors)
      : argument_(std::move(argument)), descriptors_(std::move(descriptors)) {}

  std::string_view argument() const override { return argument_; }
  std::span<const int> descriptors() const override { return descriptors_; }
  void progress(std::string_view json) override { messages.emplace_back(json); }
  bool cancelled() const override { return is_cancelled; }
  const std::string& scratch_folder() override { return scratch; }
  int worker() const override { return 3; }

  std::vector<std::string> messages;
  bool is_cancelled = false;
  std::string scratch;

 private:
  std::string argument_;
  std::vector<int> descriptors_;  // borrowed
};

}  // namespace hevcpool::tasks
