// SPDX-License-Identifier: GPL-2.0-or-later
// `encode --report`: the batch seen afterwards, as a page. Written once, at the end.
#pragma once

#include "base/error.h"
#include "base/unique_fd.h"
#include "cli/report/batch_observer.h"

#include <memory>
#include <vector>

namespace hevcpool::cli {

class ReportObserver final : public BatchObserver {
 public:
  // Makes the file, so that one that cannot be made is known before anything starts.
  static Expected<std::unique_ptr<ReportObserver>> create(const std::string& path);

  void begin(unsigned workers, double now) override;
  void added(std::size_t job, const std::string& input) override;
  void step(std::size_t job, const EncodeStep& step) override;
  void waiting(std::size_t, double) override {}
  void finished(std::size_t job, const Outcome& outcome, double now) override;
  void end(double now) override;
  const Expected<void>& written() const { return written_; }

 private:
  struct Step {
    std::size_t job = 0;
    std::string name;
    int worker = 0;
    double begin = 0, end = 0;
    bool ok = true;
  };
  ReportObserver(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  std::string page(double seconds) const;

  std::string path_;
  UniqueFd fd_;
  unsigned workers_ = 0;
  double began_ = 0;
  std::vector<Outcome> jobs_;
  std::vector<Step> steps_;
  Expected<void> written_;
};

}  // namespace hevcpool::cli
