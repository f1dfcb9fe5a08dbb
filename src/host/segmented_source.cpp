// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/segmented_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <numeric>

namespace hevcpool::host {

namespace {

// Between key frames that are far apart there are places to cut too, so many frames from each other.
constexpr std::int64_t kInnerDistance = 24;

// Far beyond any film: days of frames, and times whose differences and sums are still numbers.
constexpr std::int64_t kMostFrames = 20'000'000, kLatest = std::int64_t{1} << 61;

bool in_time(std::int64_t time) { return -kLatest < time && time < kLatest; }

}  // namespace

bool plausible(const media::KeyFrameIndex& index, std::uint64_t source_bytes) {
  const auto most = std::min<std::uint64_t>(kMostFrames, source_bytes);
  if (index.time_base.num <= 0 || index.time_base.den <= 0 || index.key_interval <= 0) return false;
  if (!in_time(index.begin) || !in_time(index.end) || index.begin >= index.end) return false;
  if (index.frames < 0 || static_cast<std::uint64_t>(index.frames) > most || index.keys.size() > most) return false;
  std::int64_t frames = 0;
  for (std::size_t n = 0; n < index.keys.size(); ++n) {
    const auto& key = index.keys[n];
    if (!in_time(key.pts) || (n > 0 && key.pts <= index.keys[n - 1].pts)) return false;
    if (key.frames < 0 || key.frames > index.frames || (frames += key.frames) > index.frames) return false;
  }
  return true;
}

EncodeProgress SegmentProgress::note(plan::RunId run, const EncodeProgress& progress) {
  std::lock_guard lock(mutex_);
  running_[run] = progress;
  EncodeProgress sum = done_;
  for (const auto& [unused, segment] : running_) {
    sum.frames += segment.frames;
    sum.fps += segment.fps;
    sum.bytes_out += segment.bytes_out;
  }
  if (frames_ > 0) sum.fraction = std::min(1.0, static_cast<double>(sum.frames) / frames_);
  sum.media_seconds = sum.fraction * seconds_;
  return sum;
}

void SegmentProgress::finished(plan::RunId run, std::int64_t frames, std::uint64_t bytes) {
  std::lock_guard lock(mutex_);
  running_.erase(run);
  done_.frames += frames;
  done_.bytes_out += bytes;
}

void SegmentProgress::gone(plan::RunId run) {
  std::lock_guard lock(mutex_);
  running_.erase(run);
}

SegmentedSource::SegmentedSource(media::KeyFrameIndex index, WorkFolder folder, double cost, double split)
    : index_(std::move(index)), folder_(std::move(folder)), cost_(cost), split_(split) {
  const double tick = static_cast<double>(index_.time_base.num) / std::max(index_.time_base.den, 1);
  progress_ = std::make_shared<SegmentProgress>(static_cast<double>(index_.frames),
                                             static_cast<double>(index_.end - index_.begin) * tick);
  places_.push_back({index_.begin, 0, 0, plan::CutKind::key});
  double before = 0;
  for (std::size_t key = 0; key < index_.keys.size(); ++key) {
    add_places(key, before, split <= 0);
    before += static_cast<double>(index_.keys[key].frames);
  }
  places_.push_back({index_.end, index_.keys.size(), static_cast<double>(index_.frames), plan::CutKind::key});
}

// The key frame itself, and places between it and the next one.
void SegmentedSource::add_places(std::size_t key, double before, bool inner) {
  const auto& here = index_.keys[key];
  if (key > 0 && !here.cut) return;
  if (key > 0) places_.push_back({here.pts, key, before, here.scene ? plan::CutKind::scene : plan::CutKind::key});
  const std::int64_t next = key + 1 < index_.keys.size() ? index_.keys[key + 1].pts : index_.end;
  if (!inner || here.frames < 2 * kInnerDistance) return;
  for (std::int64_t frame = kInnerDistance; frame + kInnerDistance <= here.frames; frame += kInnerDistance) {
    const std::int64_t time = here.pts + static_cast<std::int64_t>(static_cast<double>(next - here.pts) *
                                                                   static_cast<double>(frame) /
                                                                   static_cast<double>(here.frames));
    if (time > places_.back().time && time < next)
      places_.push_back({time, key, before + static_cast<double>(frame), plan::CutKind::inner});
  }
}

plan::SourceCuts SegmentedSource::plan() const {
  plan::SourceCuts film;
  const double per_frame = cost_ / std::max<double>(1, static_cast<double>(index_.frames));
  for (const auto& place : places_) film.map.points.push_back({place.frames * per_frame, place.kind});
  film.map.least = index_.key_interval * per_frame;
  film.map.frame = per_frame;
  if (split_ > 0) film.fixed = fixed_cuts();
  for (const auto& name : folder_.segments()) film.found.push_back(segment_of(name));
  return film;
}

std::vector<std::size_t> SegmentedSource::fixed_cuts() const {
  plan::CutMap seconds;
  const double tick = static_cast<double>(index_.time_base.num) / std::max(index_.time_base.den, 1);
  for (const auto& place : places_)
    seconds.points.push_back({static_cast<double>(place.time - index_.begin) * tick, place.kind});
  auto cuts = plan::fixed_cuts(seconds, split_);
  if (cuts.empty()) cuts.push_back(places_.size() - 1);  // in one segment, but not cut otherwise
  return cuts;
}

std::int64_t SegmentedSource::time_of(std::size_t place, std::int64_t at_begin, std::int64_t at_end) const {
  if (place == 0) return at_begin;
  return place + 1 >= places_.size() ? at_end : places_[place].time;
}

media::SegmentRange SegmentedSource::range(plan::Segment segment) const {
  media::SegmentRange range;
  range.begin = time_of(segment.from, media::SegmentRange::kFileBegin, media::SegmentRange::kFileEnd);
  range.end = time_of(segment.to, media::SegmentRange::kFileBegin, media::SegmentRange::kFileEnd);
  if (segment.from == 0) return range;
  const auto& key = index_.keys[places_[segment.from].key];
  range.start = key.pts;
  range.dts = key.dts;
  range.position = key.position;
  return range;
}

Expected<UniqueFd> SegmentedSource::note_end(plan::RunId run, plan::Segment segment) {
  auto& end = active[run].end;
  end = UniqueFd(::memfd_create("end", MFD_CLOEXEC));
  if (!end.valid()) return fail_errno("open", "making a small file in memory", errno);
  shorten(run, segment);
  UniqueFd reader(::open(fmt::format("/proc/self/fd/{}", end.get()).c_str(), O_RDONLY | O_CLOEXEC));
  if (!reader.valid()) return fail_errno("open", "opening a small file in memory", errno);
  return reader;
}

// One that cannot be told goes on to its old end, which is noticed.
void SegmentedSource::shorten(plan::RunId run, plan::Segment segment) {
  const auto found = active.find(run);
  if (found == active.end()) return;
  const std::int64_t time = range(segment).end;
  if (::pwrite(found->second.end.get(), &time, sizeof time, 0) != sizeof time) found->second.end.reset();
}

std::size_t SegmentedSource::place_of_end(std::int64_t time) const {
  if (time == media::SegmentRange::kFileEnd) return places_.size() - 1;
  const auto found = std::lower_bound(places_.begin(), places_.end(), time,
                                      [](const Place& a, std::int64_t b) { return a.time < b; });
  const bool known = found != places_.end() && found->time == time;
  return known ? static_cast<std::size_t>(found - places_.begin()) : 0;
}

double SegmentedSource::frames(plan::Segment segment) const { return places_[segment.to].frames - places_[segment.from].frames; }

// Times are in the source's ticks, which never change while its identity is the same.
std::string SegmentedSource::file_name(plan::Segment segment) const {
  const auto name = [this](std::size_t place) {
    if (place == 0) return std::string("begin");
    return place + 1 >= places_.size() ? std::string("end") : fmt::format("{}", places_[place].time);
  };
  return fmt::format("{}_{}.seg", name(segment.from), name(segment.to));
}

// A name that fits no places is an empty segment, which the plan discards.
plan::Segment SegmentedSource::segment_of(const std::string& name) const {
  const auto middle = name.find('_');
  if (middle == std::string::npos) return {};
  const auto place = [this](std::string_view text) -> std::size_t {
    if (text == "begin") return 0;
    if (text == "end") return places_.size() - 1;
    std::int64_t time = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), time);
    if (error != std::errc() || end != text.data() + text.size()) return places_.size();
    const auto found = std::lower_bound(places_.begin(), places_.end(), time,
                                        [](const Place& a, std::int64_t b) { return a.time < b; });
    return found != places_.end() && found->time == time ? static_cast<std::size_t>(found - places_.begin())
                                                         : places_.size();
  };
  const std::string_view text = name;
  const plan::Segment segment{place(text.substr(0, middle)), place(text.substr(middle + 1, text.size() - middle - 5))};
  return segment.from < segment.to && segment.to < places_.size() ? segment : plan::Segment{};
}

void SegmentedSource::discard(plan::Segment segment) {
  bytes_.erase(segment);
  folder_.discard(file_name(segment));
}

std::uint64_t SegmentedSource::bytes() const {
  return std::accumulate(bytes_.begin(), bytes_.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& segment) { return sum + segment.second; });
}

}  // namespace hevcpool::host
