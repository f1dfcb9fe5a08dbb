// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/encode_job.h"

#include "host/untrusted_reply.h"
#include "host/files.h"
#include "host/outputs.h"
#include "host/size_memo.h"
#include "plan/schedule/cost.h"
#include "plan/schedule/memory.h"
#include "plan/paths/replacement.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>
#include <utility>

namespace hevcpool::host {

namespace {

// Frames. Shorter films are cut only for somebody who would idle otherwise...
constexpr double kShortestFilm = 200;
// ...and still shorter ones, or those that take no time worth sharing (in units of plan::encode_cost), never.
constexpr double kShortestSegments = 60, kWorthSharing = 8;
// Threads cost less than segments: a fraction of a second is enough.
constexpr double kWorthThreads = 2;

plan::Cutting cutting_of(double frames, double cost) {
  if (frames == 0 || frames >= kShortestFilm) return plan::Cutting::freely;
  return frames >= kShortestSegments && cost >= kWorthSharing ? plan::Cutting::if_idle : plan::Cutting::no;
}

// What will be encoded, as far as inspection could tell.
plan::FilmShape film_shape(const media::Inspection& found, const std::string& preset) {
  const media::Planned& planned = found.planned;
  const bool known = planned.width > 0;
  const double share = planned.duration > 0 && found.duration > 0 ? planned.duration / found.duration : 1;
  return {.width = known ? planned.width : found.width, .height = known ? planned.height : found.height,
          .frames = planned.frames > 0 ? planned.frames : found.frames,
          .bytes = static_cast<double>(found.bytes) * share,
          .bit_depth = known ? planned.bit_depth : found.bit_depth, .codec = found.video_codec, .preset = preset};
}

// x265's threads work on rows of coding tree units, and on a few frames at once.
unsigned most_threads(int height) { return static_cast<unsigned>(std::max(height, 64)) / 64 + 2; }

StepRequest step_request(std::string task, std::string argument, UniqueFd first, UniqueFd second = {}) {
  StepRequest request{.task = std::move(task), .argument = std::move(argument)};
  request.descriptors.push_back(std::move(first));
  if (second.valid()) request.descriptors.push_back(std::move(second));
  return request;
}

Expected<Source> open_unchanged(const std::string& path, const struct stat& before) {
  HEVCPOOL_ASSIGN(auto source, open_source(path));
  bool same = same_file(source.status, before) && source.status.st_size == before.st_size &&
              source.status.st_mtim.tv_sec == before.st_mtim.tv_sec &&
              source.status.st_mtim.tv_nsec == before.st_mtim.tv_nsec;
  if (!same) return hevcpool::fail("open", "source_changed", "the source changed since it was inspected");
  return source;
}

Unexpected name_taken(const std::string& output) {
  return hevcpool::fail("commit", "name_taken", fmt::format("another file has the new name already: {}", output));
}

}  // namespace

double EncodeJob::source_bytes() const {
  struct stat status {};
  return ::stat(encode_.input.c_str(), &status) == 0 ? static_cast<double>(status.st_size) : 0;
}

std::string EncodeJob::display_name() const { return name_of(encode_.input); }

Prepared EncodeJob::prepare(const plan::Run& run) {
  switch (run.step) {
    case plan::Step::inspect: return prepare_inspect();
    case plan::Step::index: return prepare_index();
    case plan::Step::reuse_segment: return prepare_reuse(run.segment);
    case plan::Step::segment: return prepare_segment(run);
    case plan::Step::assemble: return prepare_assemble();
    case plan::Step::encode: return prepare_encode(run.threads);
    case plan::Step::verify: return prepare_verify();
    default: break;
  }
  return hevcpool::fail("pool", "bad_step", "there is no such step");
}

// Replacing the link itself would leave the source as it is, and no link.
Expected<void> EncodeJob::follow_link() {
  struct stat status {};
  if (!encode_.replace || ::lstat(encode_.input.c_str(), &status) != 0 || !S_ISLNK(status.st_mode)) return {};
  const std::unique_ptr<char, decltype(&::free)> path(::realpath(encode_.input.c_str(), nullptr), ::free);
  if (!path) return fail_errno("open", "following the link to the source", errno);
  link_ = std::exchange(encode_.input, path.get());
  encode_.output.clear();
  encode_.output_stem.clear();
  return {};
}

Prepared EncodeJob::prepare_inspect() {
  HEVCPOOL_CHECK(follow_link());
  HEVCPOOL_ASSIGN(auto source, open_source(encode_.input));
  source_status_ = source.status;
  options_ = effective_options(encode_);
  HEVCPOOL_ASSIGN(auto known, skip_known(source.status));
  if (known) return std::move(*known);
  return step_request("inspect", tasks::to_text(tasks::InspectArgument{display_name(), options_}),
                      std::move(source.fd));
}

// What would be found out only when the output gets its name.
Expected<void> EncodeJob::check_names(const std::vector<std::string>& candidates) {
  for (const std::string& candidate : candidates)
    if (name_of(candidate).size() > NAME_MAX)
      return hevcpool::fail("open", "ENAMETOOLONG", fmt::format("the name of the output has more than {} bytes: {}",
                                                                NAME_MAX, name_of(candidate)));
  struct stat named {};
  if (candidates.size() == 1 && ::stat(candidates[0].c_str(), &named) == 0 && S_ISDIR(named.st_mode))
    return hevcpool::fail("open", "EISDIR", "the output is a folder: " + candidates[0]);
  return {};
}

// What needs no look into the source. A leftover of a crash goes in any case.
StepOutcome EncodeJob::skip_known(const struct stat& status) const {
  auto candidates = possible_outputs(encode_);
  HEVCPOOL_CHECK(check_names(candidates));
  for (const auto& candidate : candidates) {
    struct stat named {};
    if (!encode_.replace && ::stat(candidate.c_str(), &named) == 0 && same_file(named, status) &&
        (candidates.size() == 1))
      return hevcpool::fail("open", "same_file", "the output is the source");
    if (!dry_run_) HEVCPOOL_CHECK(remove_leftover(candidate));
  }
  for (const auto& candidate : candidates) {
    if (dry_run_ || !encode_.replace || !plan::is_replacement(candidate, status)) continue;
    HEVCPOOL_CHECK(finish_replacement(candidate, encode_.input, status));
    forget_work_for(candidate);
    return Skip{SkipReason::replaced_before, "an earlier run has replaced it by " + candidate, candidate};
  }
  if (auto existing = skip_existing(candidates)) {
    for (const auto& candidate : candidates)
      if (!dry_run_ && exists(candidate)) forget_work_for(candidate);
    return existing;
  }
  if (encode_.options.min_saving > 0 &&
      is_remembered({encode_.input, status, tasks::to_text(options_), folder_of(candidates.front())}))
    return Skip{SkipReason::known_too_large, fmt::format("known not to save {} %", encode_.options.min_saving)};
  return std::nullopt;
}

// The source would go, and what has the name is another film for all that is known.
Expected<void> EncodeJob::refuse_taken_name() const {
  struct stat named {};
  if (!encode_.replace || ::lstat(output_.c_str(), &named) != 0 || same_file(named, source_status_)) return {};
  return name_taken(output_);
}

std::optional<Skip> EncodeJob::skip_existing(const std::vector<std::string>& candidates) const {
  if (encode_.overwrite == Overwrite::always || encode_.replace) return std::nullopt;
  for (const auto& candidate : candidates) {
    struct stat named {};
    bool is_source = ::stat(candidate.c_str(), &named) == 0 && same_file(named, source_status_);
    if (exists(candidate) && !is_source) return Skip{SkipReason::output_exists, "the output exists: " + candidate, candidate};
  }
  return std::nullopt;
}

StepOutcome EncodeJob::accept(const plan::Run& run, const JobResult& result) {
  HEVCPOOL_CHECK(check_size(result.body, run.step == plan::Step::index ? kMostOfAnIndex : kMostValues));
  switch (run.step) {
    case plan::Step::inspect: return accept_inspect(result.body);
    case plan::Step::index: return accept_index(result.body);
    case plan::Step::reuse_segment:
    case plan::Step::segment: return accept_segment(run, result.body);
    case plan::Step::assemble:
    case plan::Step::encode:
      worker_ = result.worker;
      usage_ = result.usage;
      return accept_encode(result.body);
    case plan::Step::verify: break;
  }
  HEVCPOOL_CHECK(tasks::from_text<tasks::VerifyAnswer>(result.body));
  return std::nullopt;
}

StepOutcome EncodeJob::accept_inspect(const std::string& text) {
  HEVCPOOL_ASSIGN(inspected_, tasks::from_text<tasks::InspectAnswer>(text));
  const auto& found = inspected_->inspection;
  if (!found.has_video) return hevcpool::fail("inspect", "no_video", "there is no video stream");
  output_ = output_path(encode_, found.container);
  existing_folder_ = existing_folder(folder_of(output_));
  if (found.is_hevc && !encode_.options.reencode) return Skip{SkipReason::already_hevc, "already HEVC"};
  if (!link_.empty() && output_ != encode_.input)
    return hevcpool::fail("open", "link", fmt::format("this is a link to {}, and would lead nowhere once that is {}",
                                                      encode_.input, output_));
  HEVCPOOL_CHECK(check_names({output_}));
  HEVCPOOL_CHECK(refuse_taken_name());
  return skip_existing({output_});
}

plan::Estimate EncodeJob::estimate() const {
  if (!inspected_) return {};
  const plan::FilmShape film = film_shape(inspected_->inspection, encode_.options.preset);
  const double cost = plan::encode_cost(film);
  plan::EncodeShape shape{.width = film.width, .height = film.height, .bit_depth = film.bit_depth,
                          .preset = encode_.options.preset, .x265_params = encode_.options.x265_params,
                          .threads = encode_.options.threads};
  const double memory = plan::encode_memory(shape);
  shape.threads = cost < kWorthThreads ? 1 : most_threads(film.height);
  return {.cost = cost, .memory = memory, .threads = encode_.options.threads,
          .cutting = cutting_of(film.frames, cost), .most_threads = shape.threads,
          .memory_of_threads = std::max(0.0, plan::encode_memory(shape) - memory)};
}

void EncodeJob::warn_of_memory(double limit) {
  const double wanted = estimate().memory;
  if (limit <= 0 || wanted <= limit || dry_run_) return;
  constexpr double kMegabyte = 1e6;
  more_warnings_.push_back({.code = "memory", .message = fmt::format("about {:.0f} MB of memory are needed and {:.0f} MB "
                                                                     "are there: encoded with nothing else beside it",
                                                                     wanted / kMegabyte, limit / kMegabyte)});
}

EncodePlan EncodeJob::encode_plan() const {
  EncodePlan plan{.output = output_, .cost = estimate().cost};
  if (!inspected_) return plan;
  plan.container = inspected_->inspection.container;
  plan.duration = inspected_->inspection.planned.duration;
  plan.frames = inspected_->inspection.planned.frames;
  for (const auto& warning : inspected_->warnings) plan.warnings.push_back(warning.message);
  return plan;
}

// From this size on the output cannot save what is wanted.
std::uint64_t EncodeJob::byte_limit() const {
  if (encode_.options.min_saving <= 0) return 0;
  double largest = static_cast<double>(source_status_.st_size) * (1 - encode_.options.min_saving / 100);
  return largest < 1 ? 1 : static_cast<std::uint64_t>(largest) + 1;
}

// Descriptors for a source and an empty output.
Expected<void> EncodeJob::begin_output(StepRequest& request) {
  if (!started_) started_ = std::chrono::steady_clock::now();
  HEVCPOOL_ASSIGN(auto source, open_unchanged(encode_.input, source_status_));
  temporary_ = {};
  HEVCPOOL_ASSIGN(temporary_, Temporary::create(output_));
  UniqueFd target(::fcntl(temporary_.fd(), F_DUPFD_CLOEXEC, 0));
  if (!target.valid()) return fail_errno("open", "duplicating a descriptor", errno);
  request.descriptors.push_back(std::move(source.fd));
  request.descriptors.push_back(std::move(target));
  return {};
}

Prepared EncodeJob::prepare_encode(unsigned threads) {
  ++attempts_;
  if (film_) film_->folder().remove();  // its segments did not fit together
  film_.reset();
  tasks::EncodeArgument argument{display_name(), options_, byte_limit()};
  argument.options.container = inspected_->inspection.container;
  argument.options.threads = threads;
  argument.measure = encode_.measure;
  StepRequest request{.task = "encode", .argument = tasks::to_text(argument), .descriptors = {}};
  HEVCPOOL_CHECK(begin_output(request));
  return request;
}

Skip EncodeJob::saves_too_little(std::uint64_t bytes, bool at_least) const {
  remember({encode_.input, source_status_, tasks::to_text(options_), folder_of(output_)});
  double saving = 100 * (1 - static_cast<double>(bytes) / static_cast<double>(source_status_.st_size));
  return Skip{SkipReason::too_little_saved, fmt::format("saves {}{:.1f} %, {} % are wanted", at_least ? "at most " : "", saving,
                          encode_.options.min_saving)};
}

StepOutcome EncodeJob::accept_encode(const std::string& text) {
  HEVCPOOL_ASSIGN(auto answer, tasks::from_text<tasks::EncodeAnswer>(text));
  struct stat written {};
  if (::fstat(temporary_.fd(), &written) != 0) return fail_errno("verify", "looking at the output", errno);
  bytes_out_ = static_cast<std::uint64_t>(written.st_size);
  if (answer.over_limit) return saves_too_little(answer.report.bytes_out, true);
  report_ = std::move(answer.report);
  if (byte_limit() > 0 && bytes_out_ >= byte_limit()) return saves_too_little(bytes_out_, false);
  if (bytes_out_ == 0) return hevcpool::fail("verify", "empty", "the output is empty");
  HEVCPOOL_CHECK(keep_damaged_source());
  return std::nullopt;
}

// What another decoder may still make of it would be lost with it.
Expected<void> EncodeJob::keep_damaged_source() const {
  const double most = encode_.replace_max_damage;
  if (!encode_.replace || most >= 100) return {};
  if (report_->incomplete)
    return hevcpool::fail("decode", "too_much_damage", "not all of the source could be read: it is not replaced");
  if (report_->damage <= most) return {};
  return hevcpool::fail("decode", "too_much_damage",
                        fmt::format("{:.2f} % of the frames are damaged or missing, more than {} %: the source is not "
                                    "replaced", report_->damage, most));
}

Prepared EncodeJob::prepare_verify() {
  HEVCPOOL_ASSIGN(auto target, temporary_.open_for_reading());
  HEVCPOOL_ASSIGN(auto source, open_unchanged(encode_.input, source_status_));
  tasks::VerifyArgument argument{display_name(), encode_.verify, options_, *report_};
  return step_request("verify", tasks::to_text(argument), std::move(target), std::move(source.fd));
}

CommitRequest EncodeJob::commit_request() {
  return {.temporary = std::move(temporary_),
          .source = encode_.input,
          .source_status = source_status_,
          .output = output_,
          .overwrite = encode_.overwrite == Overwrite::always,
          .replace = encode_.replace};
}

StepOutcome EncodeJob::accept(const CommitReport& report) {
  if (report.name_taken && encode_.replace) return name_taken(output_);
  if (report.name_taken) return Skip{SkipReason::output_exists, "the output exists: " + output_ + " (another copy of the job was first)", output_};
  for (const auto& name : report.refused_attributes)
    more_warnings_.push_back({.code = "attribute", .message = "extended attribute " + name + " could not be kept"});
  return std::nullopt;
}

}  // namespace hevcpool::host
