// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/paths/file_conflicts.h"

#include "base/paths.h"
#include "plan/paths/outputs.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <unordered_map>

namespace hevcpool::plan {
namespace {

using Kind = FileConflict::Kind;
using Readers = std::vector<std::size_t>;

class Search {
 public:
  explicit Search(const std::vector<FilesOfJob>& jobs) : jobs_(jobs) {
    for (std::size_t job = 0; job < jobs_.size(); ++job)
      for (const std::string& input : jobs_[job].inputs) add_reader(input, job);
  }

  std::optional<FileConflict> next(std::size_t job) {
    for (const std::string& output : jobs_[job].outputs) {
      if (is_folder(output)) return FileConflict{Kind::folder, job, job, output};
      const auto [maker, is_new] = makers_.emplace(place_of(output), job);
      if (!is_new) return FileConflict{Kind::same_output, job, maker->second, output};
      if (auto found = read_by(job, output, maker->first)) return found;
    }
    return std::nullopt;
  }

 private:
  // A name that is no file yet may be one by the time that its job begins: of those the place counts.
  void add_reader(const std::string& input, std::size_t job) {
    if (const auto identity = identify(input)) readers_[*identity].push_back(job);
    else waiting_[place_of(input)].push_back(job);
  }

  const Readers* readers_of(const std::string& output, const std::string& place) const {
    if (const auto identity = identify(output)) {
      const auto found = readers_.find(*identity);
      return found == readers_.end() ? nullptr : &found->second;
    }
    const auto found = waiting_.find(place);
    return found == waiting_.end() ? nullptr : &found->second;
  }

  std::optional<FileConflict> read_by(std::size_t job, const std::string& output, const std::string& place) const {
    const Readers* readers = readers_of(output, place);
    if (!readers) return std::nullopt;
    for (const std::size_t reader : *readers)
      if (reader != job) return FileConflict{Kind::other_input, job, reader, output};
    if (jobs_[job].replaces) return std::nullopt;
    return FileConflict{Kind::own_input, job, job, output};
  }

  const std::vector<FilesOfJob>& jobs_;
  std::map<FileIdentity, Readers> readers_;
  std::unordered_map<std::string, Readers> waiting_;
  std::unordered_map<std::string, std::size_t> makers_;  // by place
};

}  // namespace

std::vector<FileConflict> file_conflicts(const std::vector<FilesOfJob>& jobs) {
  std::vector<FileConflict> out;
  if (std::ranges::all_of(jobs, [](const FilesOfJob& job) { return job.outputs.empty(); })) return out;
  Search search(jobs);
  for (std::size_t job = 0; job < jobs.size(); ++job)
    if (auto found = search.next(job)) out.push_back(std::move(*found));
  return out;
}

}  // namespace hevcpool::plan
