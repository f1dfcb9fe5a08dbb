// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/segment/segment_meta.h"

#include <x265.h>

#include <concepts>
#include <exception>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

namespace hevcpool::media {
namespace {

using nlohmann::json;

std::string hex(const std::vector<std::uint8_t>& bytes) {
  std::string text;
  for (auto byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool from_hex(const std::string& text, std::vector<std::uint8_t>& bytes) {
  if (text.size() % 2 != 0) return false;
  for (std::size_t n = 0; n < text.size(); n += 2) {
    const int high = digit(text[n]), low = digit(text[n + 1]);
    if (high < 0 || low < 0) return false;
    bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return true;
}

// A whole number that fits; throws for all else. (The library's own conversion takes fractions and cuts off bits.)
template <std::integral T>
T whole(const json& value) {
  const bool fits = value.is_number_unsigned()  ? std::in_range<T>(value.get<std::uint64_t>())
                    : value.is_number_integer() ? std::in_range<T>(value.get<std::int64_t>())
                                                : false;
  if (!fits) throw std::out_of_range("not a whole number of that size");
  return value.get<T>();
}

json proof_json(const CutProof& proof) {
  json frames = json::array();
  for (const auto& frame : proof.frames) frames.push_back({frame.pts, frame.hash});
  return {{"clean", proof.clean}, {"frames", frames}};
}

CutProof proof_from(const json& value) {
  CutProof proof;
  proof.clean = value.at("clean").get<bool>();
  for (const auto& frame : value.at("frames"))
    proof.frames.push_back({whole<std::int64_t>(frame.at(0)), frame.at(1).get<std::string>()});
  return proof;
}

// Name and member of each counter.
struct Counter {
  const char* name;
  std::int64_t VideoTrackStats::* member;
};
constexpr Counter kCounters[] = {{"packets_in", &VideoTrackStats::packets_in},
                                 {"frames_decoded", &VideoTrackStats::frames_decoded},
                                 {"frames_encoded", &VideoTrackStats::frames_encoded},
                                 {"packets_out", &VideoTrackStats::packets_out},
                                 {"decode_errors", &VideoTrackStats::decode_errors},
                                 {"errors_before_clean", &VideoTrackStats::errors_before_clean},
                                 {"frames_before_clean", &VideoTrackStats::frames_before_clean},
                                 {"first_pts", &VideoTrackStats::first_pts},
                                 {"last_pts", &VideoTrackStats::last_pts}};

json stats_json(const VideoTrackStats& stats) {
  json value{{"bytes_out", stats.bytes_out}};
  for (const auto& counter : kCounters) value[counter.name] = stats.*counter.member;
  return value;
}

VideoTrackStats stats_from(const json& value) {
  VideoTrackStats stats;
  stats.bytes_out = whole<std::uint64_t>(value.at("bytes_out"));
  for (const auto& counter : kCounters) stats.*counter.member = whole<std::int64_t>(value.at(counter.name));
  return stats;
}

Unexpected bad(std::string_view part) {
  return fail("segment", "bad_segment", fmt::format("the {} of a segment file makes no sense", part));
}

SegmentHeader read_header(const json& value) {
  SegmentHeader header;
  header.version = whole<int>(value.at("version"));
  header.encoder = value.at("encoder").get<std::string>();
  header.options = value.at("options").get<std::string>();
  header.time_base = {whole<int>(value.at("time_base").at(0)), whole<int>(value.at("time_base").at(1))};
  header.begin = whole<std::int64_t>(value.at("begin"));
  header.end = whole<std::int64_t>(value.at("end"));
  header.reorder_delay = whole<int>(value.at("reorder_delay"));
  if (!from_hex(value.at("parameter_sets").get<std::string>(), header.parameter_sets)) header.version = 0;
  return header;
}

SegmentTrailer read_trailer(const json& value) {
  SegmentTrailer trailer;
  if (const auto end = value.find("end"); end != value.end()) trailer.end = whole<std::int64_t>(*end);
  trailer.stats = stats_from(value.at("stats"));
  trailer.head = proof_from(value.at("head"));
  trailer.tail = proof_from(value.at("tail"));
  for (const auto& warning : value.at("warnings"))
    trailer.warnings.push_back({warning.at("code").get<std::string>(), warning.at("message").get<std::string>(),
                                whole<std::int64_t>(warning.at("count"))});
  return trailer;
}

bool plausible(const SegmentHeader& header) {
  return header.version == kSegmentVersion && header.time_base.num > 0 && header.time_base.den > 0 &&
         header.begin < header.end && header.reorder_delay >= 0 && header.reorder_delay <= 16;
}

}  // namespace

std::string to_text(const SegmentHeader& header) {
  const json value{{"version", header.version},
                   {"encoder", header.encoder},
                   {"options", header.options},
                   {"time_base", {header.time_base.num, header.time_base.den}},
                   {"begin", header.begin},
                   {"end", header.end},
                   {"reorder_delay", header.reorder_delay},
                   {"parameter_sets", hex(header.parameter_sets)}};
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string to_text(const SegmentTrailer& trailer) {
  json warnings = json::array();
  for (const auto& warning : trailer.warnings)
    warnings.push_back({{"code", warning.code}, {"message", warning.message}, {"count", warning.count}});
  json value{{"stats", stats_json(trailer.stats)},
             {"head", proof_json(trailer.head)},
             {"tail", proof_json(trailer.tail)},
             {"warnings", warnings}};
  if (trailer.end) value["end"] = *trailer.end;
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

Expected<SegmentHeader> header_from_text(std::string_view text) {
  try {
    SegmentHeader header = read_header(json::parse(text));
    if (!plausible(header)) return bad("header");
    return header;
  } catch (const std::exception&) {
    return bad("header");
  }
}

Expected<SegmentTrailer> trailer_from_text(std::string_view text) {
  try {
    return read_trailer(json::parse(text));
  } catch (const std::exception&) {
    return bad("trailer");
  }
}

std::string library_versions() {
  return fmt::format("libavformat {} libavcodec {} libavfilter {} x265 {}", avformat_version(), avcodec_version(),
                     avfilter_version(), x265_version_str);
}

}  // namespace hevcpool::media
