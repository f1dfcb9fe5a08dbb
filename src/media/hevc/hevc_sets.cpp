// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/hevc/hevc_sets.h"
#include "media/hevc/nal.h"

extern "C" {
#include <libavutil/intreadwrite.h>
#include <libavutil/mem.h>
}

#include <algorithm>
#include <span>

namespace hevcpool::media {
namespace {

using Nal = std::span<const std::uint8_t>;

constexpr std::size_t kArrays = 22;  // bytes of 'hvcC' before the number of its arrays
constexpr int kFirstOfNoSlice = 32;
constexpr std::uint8_t kComplete = 0x80;

bool is_set(Nal nal) { return !nal.empty() && nal_type(nal) >= kVps && nal_type(nal) <= kPps; }
bool same(Nal a, Nal b) { return std::ranges::equal(a, b); }

Nal header_of(const AVCodecParameters& codec) {
  return {codec.extradata, static_cast<std::size_t>(std::max(codec.extradata_size, 0))};
}

// Calls `visit` with the type's byte and each unit in the arrays of 'hvcC'; that byte may be changed.
template <class Byte, class Visit>
void visit_arrays(std::span<Byte> header, Visit visit) {
  if (header.size() <= kArrays) return;
  std::size_t at = kArrays + 1;
  for (int array = header[kArrays]; array > 0 && at + 3 <= header.size(); --array) {
    Byte& type = header[at];
    int count = AV_RB16(&header[at + 1]);
    for (at += 3; count > 0 && at + 2 <= header.size(); --count) {
      const std::size_t size = AV_RB16(&header[at]);
      if (at + 2 + size > header.size()) return;
      visit(type, Nal(&header[at + 2], size));
      at += 2 + size;
    }
  }
}

Expected<void> replace_header(AVCodecParameters& codec, const Bytes& bytes) {
  auto* data = static_cast<std::uint8_t*>(av_mallocz(bytes.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  if (!data) return fail_av("mux", "parameter sets", AVERROR(ENOMEM));
  std::ranges::copy(bytes, data);
  av_freep(&codec.extradata);
  codec.extradata = data;
  codec.extradata_size = static_cast<int>(bytes.size());
  return {};
}

}  // namespace

HevcSets::HevcSets(const AVCodecParameters& codec) {
  const Nal header = header_of(codec);
  if (header.size() > kArrays && header[0] == 1) {
    length_size_ = (header[kArrays - 1] & 3) + 1;
    beginning_.assign(header.begin(), header.begin() + kArrays);
    visit_arrays(header, [&](std::uint8_t, Nal nal) {
      if (is_set(nal)) sets_.emplace_back(nal.begin(), nal.end());
    });
    return;
  }
  for (const Nal nal : split_nals(header))
    if (is_set(nal)) sets_.emplace_back(nal.begin(), nal.end());
}

bool HevcSets::has(Nal nal) const {
  return std::ranges::any_of(sets_, [&](const Bytes& set) { return same(set, nal); });
}

// The units before the first slice: parameter sets are among them.
std::vector<Nal> HevcSets::leading_nals(const AVPacket& sample) const {
  const Nal data(sample.data, static_cast<std::size_t>(std::max(sample.size, 0)));
  const auto is_slice = [](Nal nal) { return !nal.empty() && nal_type(nal) < kFirstOfNoSlice; };
  std::vector<Nal> nals;
  if (length_size_ == 0) {
    nals = split_nals(data);
    nals.erase(std::ranges::find_if(nals, is_slice), nals.end());
    return nals;
  }
  for (std::size_t at = 0; at + static_cast<std::size_t>(length_size_) < data.size();) {
    std::size_t size = 0;
    for (int n = 0; n < length_size_; ++n) size = size << 8 | data[at++];
    if (size > data.size() - at || size == 0) break;
    if (is_slice(data.subspan(at, size))) break;
    nals.push_back(data.subspan(at, size));
    at += size;
  }
  return nals;
}

void HevcSets::learn(const AVPacket& sample) {
  if (!sets_.empty()) return;
  for (const Nal nal : leading_nals(sample))
    if (is_set(nal) && !has(nal)) sets_.emplace_back(nal.begin(), nal.end());
  learned_ = !sets_.empty();
}

Expected<bool> HevcSets::take_out_of(AVPacket& sample) const {
  const std::vector<Nal> nals = leading_nals(sample);
  if (std::ranges::none_of(nals, is_set)) return true;
  for (const Nal nal : nals)
    if (is_set(nal) && !has(nal)) return false;
  Bytes rest;
  const std::uint8_t* from = sample.data;
  for (const Nal nal : nals) {
    const std::uint8_t* end = nal.data() + nal.size();
    if (!is_set(nal)) rest.insert(rest.end(), from, end);
    from = end;
  }
  const std::size_t tail = static_cast<std::size_t>(sample.data + sample.size - from);
  BufferPtr buffer(av_buffer_allocz(rest.size() + tail + AV_INPUT_BUFFER_PADDING_SIZE));
  if (!buffer) return fail_av("mux", "sample", AVERROR(ENOMEM));
  std::ranges::copy(rest, buffer->data);
  std::copy_n(from, tail, buffer->data + rest.size());
  av_buffer_unref(&sample.buf);
  sample.buf = buffer.release();
  sample.data = sample.buf->data;
  sample.size = static_cast<int>(rest.size() + tail);
  return true;
}

// Each type has an array of its own.
Bytes HevcSets::header() const {
  Bytes bytes = beginning_;
  bytes.push_back(0);
  for (const int type : {kVps, kSps, kPps}) {
    const auto of_type = [&](const Bytes& set) { return nal_type(set) == type; };
    const auto count = static_cast<unsigned>(std::ranges::count_if(sets_, of_type));
    if (count == 0) continue;
    ++bytes[kArrays];
    for (const unsigned byte : {static_cast<unsigned>(type), count >> 8, count})
      bytes.push_back(static_cast<std::uint8_t>(byte));
    for (const Bytes& set : sets_) {
      if (!of_type(set)) continue;
      bytes.push_back(static_cast<std::uint8_t>(set.size() >> 8));
      bytes.push_back(static_cast<std::uint8_t>(set.size()));
      bytes.insert(bytes.end(), set.begin(), set.end());
    }
  }
  return bytes;
}

// Arrays of other units are never complete. libav signs a header in Annex B by the track's name itself.
Expected<void> HevcSets::describe(AVCodecParameters& codec, bool complete) const {
  if (length_size_ == 0) return {};
  if (learned_) HEVCPOOL_CHECK(replace_header(codec, header()));
  const std::span<std::uint8_t> bytes(codec.extradata, static_cast<std::size_t>(codec.extradata_size));
  visit_arrays(bytes, [&](std::uint8_t& type, Nal nal) {
    type = complete && is_set(nal) ? type | kComplete : type & static_cast<std::uint8_t>(~kComplete);
  });
  return {};
}

}  // namespace hevcpool::media
