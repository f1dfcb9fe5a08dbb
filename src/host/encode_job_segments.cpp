// SPDX-License-Identifier: GPL-2.0-or-later
// The steps of an encode job whose film is encoded in segments.
#include "host/encode_job.h"

#include "host/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace hevcpool::host {

namespace {

// With more segments than that, several go into one file: only so many descriptors travel with a job.
constexpr std::size_t kMostFiles = 200;

Expected<UniqueFd> duplicate(int fd) {
  UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!copy.valid()) return fail_errno("open", "duplicating a descriptor", errno);
  return copy;
}

// Puts the whole of one file behind what the other one holds.
Expected<void> append(int from, int to) {
  struct stat status {};
  if (::fstat(from, &status) != 0) return fail_errno("assemble", "looking at a segment", errno);
  off_t offset = 0;
  while (offset < status.st_size) {
    const auto left = static_cast<std::size_t>(status.st_size - offset);
    const ssize_t copied = ::copy_file_range(from, &offset, to, nullptr, left, 0);
    if (copied < 0 && errno == EINTR) continue;
    if (copied <= 0) return fail_errno("assemble", "copying a segment", copied < 0 ? errno : EIO);
  }
  return {};
}

}  // namespace

// Segments have one thread each, and no say in the container.
EncodeOptions EncodeJob::options_for_segments() const {
  EncodeOptions options = options_;
  options.container = inspected_->inspection.container;
  options.threads = 1;
  return options;
}

// What the bytes of the segments depend on besides the source; sound and subtitles do not matter to them.
std::string EncodeJob::segment_options_text() const {
  EncodeOptions options = options_for_segments();
  options.audio = options.subs = "copy";
  options.min_saving = 0;
  options.max_errors = -1;
  options.max_damage.reset();
  return fmt::format("{} {}", tasks::to_text(options), encode_.split);
}

Prepared EncodeJob::prepare_index() {
  HEVCPOOL_ASSIGN(auto source, open_source(encode_.input));
  StepRequest request{.task = "index",
                      .argument = tasks::to_text(tasks::InspectArgument{display_name(), options_for_segments()}),
                      .descriptors = {}};
  request.descriptors.push_back(std::move(source.fd));
  return request;
}

StepOutcome EncodeJob::accept_index(const std::string& text) {
  HEVCPOOL_ASSIGN(auto index, tasks::from_text<media::KeyFrameIndex>(text));
  film_.reset();
  if (!index.refusal.empty() || index.keys.empty()) return std::nullopt;
  HEVCPOOL_ASSIGN(auto source, open_source(encode_.input));
  if (!plausible(index, static_cast<std::uint64_t>(source.status.st_size))) return std::nullopt;
  auto folder = WorkFolder::open({output_, segment_options_text(), source.status}, source.fd.get());
  // Where no work folder can be made, none is needed for encoding the film as a whole.
  if (!folder) return std::nullopt;
  if (folder->outdated() > 0)
    more_warnings_.push_back({.code = "started_afresh",
                              .message = "the source or the options changed: what was finished before is not used"});
  film_.emplace(std::move(index), std::move(*folder), estimate().cost, encode_.split);
  return std::nullopt;
}

std::optional<plan::SourceCuts> EncodeJob::film() const {
  if (!film_) return std::nullopt;
  return film_->plan();
}

Prepared EncodeJob::prepare_reuse(plan::Segment segment) {
  HEVCPOOL_ASSIGN(auto file, film_->folder().read(film_->file_name(segment)));
  StepRequest request{.task = "reuse_segment", .argument = "null", .descriptors = {}};
  request.descriptors.push_back(std::move(file));
  return request;
}

Prepared EncodeJob::prepare_segment(const plan::Run& run) {
  if (!started_) started_ = std::chrono::steady_clock::now();
  if (attempts_ < run.attempt) attempts_ = run.attempt;
  HEVCPOOL_ASSIGN(auto source, open_source(encode_.input));
  HEVCPOOL_ASSIGN(auto temporary, film_->folder().begin(film_->file_name(run.segment)));
  HEVCPOOL_ASSIGN(auto target, duplicate(temporary.fd()));
  HEVCPOOL_ASSIGN(auto end, film_->note_end(run.run, run.segment));
  film_->active[run.run].temporary = std::move(temporary);
  const tasks::SegmentArgument argument{display_name(), options_for_segments(), film_->folder().hash(),
                                        film_->range(run.segment), encode_.measure};
  StepRequest request{.task = "segment", .argument = tasks::to_text(argument), .descriptors = {}};
  request.descriptors.push_back(std::move(source.fd));
  request.descriptors.push_back(std::move(target));
  request.descriptors.push_back(std::move(end));
  return request;
}

void EncodeJob::shorten(plan::RunId run, plan::Segment segment) {
  if (film_) film_->shorten(run, segment);
}

// As far as the worker really went.
plan::Segment EncodeJob::segment_done(plan::Segment segment) const {
  const std::size_t to = film_ ? film_->place_of_end(last_segment_.end) : 0;
  return {segment.from, std::max(to, segment.to)};
}

StepOutcome EncodeJob::accept_segment(const plan::Run& run, const std::string& text) {
  HEVCPOOL_ASSIGN(last_segment_, tasks::from_text<media::SegmentReport>(text));
  if (last_segment_.options_hash != film_->folder().hash())
    return hevcpool::fail("segment", "bad_segment", "a finished segment belongs to another film");
  const plan::Segment segment = segment_done(run.segment);
  if (last_segment_.end != film_->range(segment).end)
    return hevcpool::fail("segment", "bad_segment", "a finished segment ends where it should not");
  if (run.step == plan::Step::segment) {
    auto temporary = std::move(film_->active[run.run].temporary);
    film_->active.erase(run.run);
    HEVCPOOL_CHECK(film_->folder().finish(std::move(temporary), film_->file_name(segment)));
  }
  film_->note_finished(segment, last_segment_.bytes);
  film_->progress()->finished(run.run, last_segment_.frames, last_segment_.bytes);
  if (byte_limit() > 0 && film_->bytes() >= byte_limit()) return saves_too_little(film_->bytes(), true);
  return std::nullopt;
}

void EncodeJob::discard(plan::Segment segment) {
  if (film_) film_->discard(segment);
}

void EncodeJob::drop_run(plan::RunId run) {
  if (!film_) return;
  film_->active.erase(run);
  film_->progress()->gone(run);
}

Prepared EncodeJob::prepare_assemble() {
  tasks::AssembleArgument argument{{display_name(), options_for_segments(), 0, encode_.measure}, film_->folder().hash()};
  StepRequest request{.task = "assemble", .argument = tasks::to_text(argument), .descriptors = {}};
  HEVCPOOL_CHECK(begin_output(request));
  HEVCPOOL_ASSIGN(auto segments, open_segments());
  for (auto& segment : segments) request.descriptors.push_back(std::move(segment));
  return request;
}

// All finished segments. Where they are many, copies in as few files as needed.
Expected<std::vector<UniqueFd>> EncodeJob::open_segments() const {
  const auto names = film_->folder().segments();
  const std::size_t in_one = (names.size() + kMostFiles - 1) / kMostFiles;
  std::vector<UniqueFd> files;
  for (std::size_t n = 0; n < names.size(); ++n) {
    HEVCPOOL_ASSIGN(auto segment, film_->folder().read(names[n]));
    if (in_one <= 1) {
      files.push_back(std::move(segment));
      continue;
    }
    if (n % in_one == 0) {
      HEVCPOOL_ASSIGN(auto bundle, film_->folder().begin("bundle"));
      HEVCPOOL_ASSIGN(auto file, duplicate(bundle.fd()));
      files.push_back(std::move(file));
    }
    HEVCPOOL_CHECK(append(segment.get(), files.back().get()));
  }
  return files;
}

}  // namespace hevcpool::host
