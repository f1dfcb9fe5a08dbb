// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/trace_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <nlohmann/json.hpp>

namespace hevcpool::profile {
namespace {

constexpr std::size_t kBuffer = 256 << 10;

}  // namespace

std::string json_quoted(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Expected<std::unique_ptr<TraceFile>> TraceFile::create(const std::string& path, double zero) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!fd.valid()) return fail_errno("trace", path, errno);
  return std::unique_ptr<TraceFile>(new TraceFile(path, std::move(fd), zero));
}

TraceFile::~TraceFile() { static_cast<void>(finish()); }

long long TraceFile::microseconds(double time) const { return std::llround((time - zero_) * 1e6); }

void TraceFile::event(std::string_view text) {
  pending_ += written_ + pending_.size() == 0 ? "[\n" : ",\n";
  pending_ += text;
  if (pending_.size() >= kBuffer) flush();
}

void TraceFile::flush() {
  for (std::string_view rest = pending_; !rest.empty() && error_ == 0;) {
    const ssize_t put = ::write(fd_.get(), rest.data(), rest.size());
    if (put < 0 && errno != EINTR) error_ = errno;
    if (put > 0) rest.remove_prefix(static_cast<std::size_t>(put));
  }
  written_ += pending_.size();
  pending_.clear();
}

void TraceFile::name_process(std::string_view name) {
  event(fmt::format(R"({{"name":"process_name","ph":"M","pid":1,"tid":0,"ts":0,"args":{{"name":{}}}}})", json_quoted(name)));
}

void TraceFile::name_track(int track, std::string_view name) {
  event(fmt::format(R"({{"name":"thread_name","ph":"M","pid":1,"tid":{},"ts":0,"args":{{"name":{}}}}})", track,
                    json_quoted(name)));
  event(fmt::format(R"({{"name":"thread_sort_index","ph":"M","pid":1,"tid":{0},"ts":0,"args":{{"sort_index":{0}}}}})",
                    track));
}

void TraceFile::slice(int track, std::string_view name, std::string_view category, double begin, double end,
                      std::string_view args) {
  const long long from = microseconds(begin), until = std::max(from, microseconds(end));
  event(fmt::format(R"({{"name":{},"cat":"{}","ph":"X","ts":{},"dur":{},"pid":1,"tid":{}{}{}}})", json_quoted(name), category,
                    from, until - from, track, args.empty() ? "" : ",\"args\":", args));
}

void TraceFile::counter(std::string_view name, double time, double value) {
  event(fmt::format(R"({{"name":{},"ph":"C","ts":{},"pid":1,"tid":0,"args":{{"value":{}}}}})", json_quoted(name),
                    std::max(0LL, microseconds(time)), value));
}

Expected<void> TraceFile::finish() {
  if (finished_) return {};
  finished_ = true;
  pending_ += written_ + pending_.size() == 0 ? "[]\n" : "\n]\n";
  flush();
  if (error_ != 0) return fail_errno("trace", path_, error_);
  return {};
}

}  // namespace hevcpool::profile
