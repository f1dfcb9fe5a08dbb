// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/segment/segment_file.h"

#include "base/io.h"
#include "media/segment/segment_meta.h"
#include "profile/recorder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <span>
#include <cerrno>
#include <cstring>

namespace hevcpool::media {
namespace {

constexpr std::string_view kMagic = "HVCPSEG1", kEndMagic = "HVCPEND1";
constexpr std::uint32_t kEndMark = 0xFFFFFFFF;
constexpr std::uint32_t kLargestText = 16 << 20;
constexpr std::uint32_t kLargestPacket = 1 << 28;
constexpr std::size_t kHashDigits = 32;
constexpr std::size_t kFooterBytes = 8 + 8 + kHashDigits + 8;
constexpr std::size_t kRecordBytes = 4 + 4 + 8 + 8;
constexpr std::size_t kBufferBytes = 256 << 10;

template <class T>
void put_number(std::uint8_t* out, T number) {
  auto bits = static_cast<std::uint64_t>(number);
  for (std::size_t n = 0; n < sizeof(T); ++n) out[n] = static_cast<std::uint8_t>(bits >> (8 * n));
}

template <class T>
T get_number(const std::uint8_t* in) {
  std::uint64_t bits = 0;
  for (std::size_t n = 0; n < sizeof(T); ++n) bits |= static_cast<std::uint64_t>(in[n]) << (8 * n);
  return static_cast<T>(bits);
}

Unexpected damaged(std::string_view what) {
  return fail("segment", "bad_segment", fmt::format("a segment file is damaged: {}", what));
}

}  // namespace

// ---- writing

Expected<SegmentWriter> SegmentWriter::create(int fd, const SegmentHeader& header) {
  SegmentWriter writer(fd);
  writer.buffer_.reserve(kBufferBytes);
  HEVCPOOL_CHECK(writer.put(kMagic.data(), kMagic.size()));
  HEVCPOOL_CHECK(writer.put_text(to_text(header)));
  return writer;
}

Expected<void> SegmentWriter::put(const void* data, std::size_t size) {
  hasher_.add(data, size);
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  buffer_.insert(buffer_.end(), bytes, bytes + size);
  written_ += size;
  if (buffer_.size() >= kBufferBytes) return flush();
  return {};
}

Expected<void> SegmentWriter::flush() {
  const profile::Scope timed(profile::Stage::write);
  const std::span<const char> bytes(reinterpret_cast<const char*>(buffer_.data()), buffer_.size());
  if (!write_at(fd_, bytes, written_ - buffer_.size())) return fail_errno("segment", "writing a segment", errno);
  buffer_.clear();
  return {};
}

Expected<void> SegmentWriter::put_text(const std::string& text) {
  if (text.size() > kLargestText) return fail("segment", "too_large", "the description of a segment is too large");
  std::array<std::uint8_t, 4> size{};
  put_number(size.data(), static_cast<std::uint32_t>(text.size()));
  HEVCPOOL_CHECK(put(size.data(), size.size()));
  return put(text.data(), text.size());
}

Expected<void> SegmentWriter::write(const AVPacket& packet) {
  const profile::Scope timed(profile::Stage::mux);
  if (packet.size < 0 || static_cast<std::uint32_t>(packet.size) > kLargestPacket)
    return fail("segment", "too_large", "a packet is too large for a segment");
  std::array<std::uint8_t, kRecordBytes> record{};
  put_number(record.data(), static_cast<std::uint32_t>(packet.size));
  put_number(record.data() + 4, static_cast<std::uint32_t>(packet.flags));
  put_number(record.data() + 8, packet.pts);
  put_number(record.data() + 16, packet.duration);
  HEVCPOOL_CHECK(put(record.data(), record.size()));
  ++packets_;
  return put(packet.data, static_cast<std::size_t>(packet.size));
}

Expected<void> SegmentWriter::finish(const SegmentTrailer& trailer) {
  const std::uint64_t end = written_;
  std::array<std::uint8_t, 4> mark{};
  put_number(mark.data(), kEndMark);
  HEVCPOOL_CHECK(put(mark.data(), mark.size()));
  HEVCPOOL_CHECK(put_text(to_text(trailer)));
  std::array<std::uint8_t, kFooterBytes> footer{};
  put_number(footer.data(), packets_);
  put_number(footer.data() + 8, end);
  const std::string hash = hasher_.finish();
  std::copy(hash.begin(), hash.end(), footer.begin() + 16);
  std::copy(kEndMagic.begin(), kEndMagic.end(), footer.begin() + 16 + kHashDigits);
  HEVCPOOL_CHECK(put(footer.data(), footer.size()));
  return flush();
}

// ---- reading

struct SegmentReader::Record {
  std::array<std::uint8_t, kRecordBytes> bytes{};
  std::uint32_t size = 0, flags = 0;
  std::int64_t pts = 0, duration = 0;
};

Expected<SegmentReader> SegmentReader::open(int fd, std::uint64_t offset, std::uint64_t size) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return fail_errno("segment", "reading a segment", errno);
  const auto file = static_cast<std::uint64_t>(std::max<off_t>(0, status.st_size));
  if (offset > file || size > file - offset) return damaged("it is too short");
  SegmentReader reader(fd, offset, size == 0 ? file : offset + size);
  HEVCPOOL_CHECK(reader.read_footer());
  return reader;
}

// Where the segment that begins at `begin_` ends, found from its own lengths.
Expected<std::uint64_t> SegmentReader::find_end() const {
  std::uint64_t offset = begin_ + kMagic.size();
  HEVCPOOL_CHECK(read_text(offset, end_));
  for (;;) {
    std::array<std::uint8_t, 4> bytes{};
    HEVCPOOL_CHECK(read_at(offset, bytes.data(), bytes.size()));
    const auto size = get_number<std::uint32_t>(bytes.data());
    if (size == kEndMark) break;
    if (size > kLargestPacket) return damaged("a packet is too long");
    offset += kRecordBytes + size;
  }
  offset += 4;
  HEVCPOOL_CHECK(read_text(offset, end_));
  return offset + kFooterBytes;
}

Expected<std::vector<SegmentReader>> SegmentReader::open_all(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return fail_errno("segment", "reading a segment", errno);
  const auto file = static_cast<std::uint64_t>(std::max<off_t>(0, status.st_size));
  std::vector<SegmentReader> readers;
  for (std::uint64_t offset = 0; offset < file || readers.empty();) {
    HEVCPOOL_ASSIGN(const std::uint64_t end, SegmentReader(fd, offset, file).find_end());
    if (end > file) return damaged("it is too short");
    HEVCPOOL_ASSIGN(auto reader, open(fd, offset, end - offset));
    readers.push_back(std::move(reader));
    offset = end;
  }
  return readers;
}

Expected<void> SegmentReader::read_at(std::uint64_t offset, void* data, std::size_t size) const {
  if (offset < begin_ || offset > end_ || size > end_ - offset) return damaged("it is too short");
  const std::ptrdiff_t got = hevcpool::read_at(fd_, {static_cast<char*>(data), size}, offset);
  if (got < 0) return fail_errno("segment", "reading a segment", errno);
  if (static_cast<std::size_t>(got) < size) return damaged("it is too short");
  return {};
}

// Reads size and text at `offset`, which moves behind them; nothing beyond `limit` is touched.
Expected<std::string> SegmentReader::read_text(std::uint64_t& offset, std::uint64_t limit) const {
  std::array<std::uint8_t, 4> bytes{};
  HEVCPOOL_CHECK(read_at(offset, bytes.data(), bytes.size()));
  const auto size = get_number<std::uint32_t>(bytes.data());
  offset += bytes.size();
  if (size > kLargestText || offset > limit || size > limit - offset) return damaged("a text is too long");
  std::string text(size, '\0');
  HEVCPOOL_CHECK(read_at(offset, text.data(), text.size()));
  offset += size;
  return text;
}

Expected<void> SegmentReader::read_footer() {
  std::array<char, 8> magic{};
  HEVCPOOL_CHECK(read_at(begin_, magic.data(), magic.size()));
  if (std::string_view(magic.data(), magic.size()) != kMagic) return damaged("it does not begin like one");
  if (end_ - begin_ < kFooterBytes) return damaged("it is too short");
  const std::uint64_t footer_at = end_ - kFooterBytes;
  std::array<std::uint8_t, kFooterBytes> footer{};
  HEVCPOOL_CHECK(read_at(footer_at, footer.data(), footer.size()));
  if (std::memcmp(footer.data() + 16 + kHashDigits, kEndMagic.data(), kEndMagic.size()) != 0)
    return damaged("it is not complete");
  packets_ = get_number<std::uint64_t>(footer.data());
  const auto end_offset = get_number<std::uint64_t>(footer.data() + 8);
  hash_.assign(reinterpret_cast<const char*>(footer.data()) + 16, kHashDigits);

  std::uint64_t offset = begin_ + kMagic.size();
  HEVCPOOL_ASSIGN(const std::string header, read_text(offset, footer_at));
  first_ = position_ = offset;
  if (end_offset > footer_at - begin_ || begin_ + end_offset < first_) return damaged("its parts overlap");
  last_ = begin_ + end_offset;
  if (packets_ > (last_ - first_) / kRecordBytes) return damaged("it cannot hold so many packets");
  offset = last_ + 4;
  HEVCPOOL_ASSIGN(const std::string trailer, read_text(offset, footer_at));
  if (offset != footer_at) return damaged("its parts do not meet");
  HEVCPOOL_ASSIGN(header_, header_from_text(header));
  HEVCPOOL_ASSIGN(trailer_, trailer_from_text(trailer));
  const std::int64_t end = trailer_.end.value_or(header_.end);
  if (end <= header_.begin || end > header_.end)
    return fail("segment", "bad_segment", "a segment ends where it cannot");
  header_.end = end;
  std::vector<std::uint8_t> start(first_ - begin_);
  HEVCPOOL_CHECK(read_at(begin_, start.data(), start.size()));
  hasher_.add(start.data(), start.size());
  return {};
}

Expected<SegmentReader::Record> SegmentReader::record_at(std::uint64_t offset) const {
  Record record;
  if (last_ - offset < kRecordBytes) return damaged("a packet is cut off");
  HEVCPOOL_CHECK(read_at(offset, record.bytes.data(), record.bytes.size()));
  record.size = get_number<std::uint32_t>(record.bytes.data());
  record.flags = get_number<std::uint32_t>(record.bytes.data() + 4);
  record.pts = get_number<std::int64_t>(record.bytes.data() + 8);
  record.duration = get_number<std::int64_t>(record.bytes.data() + 16);
  if (record.size > kLargestPacket || record.size > last_ - offset - kRecordBytes)
    return damaged("a packet is too long");
  return record;
}

Expected<std::vector<std::int64_t>> SegmentReader::times() const {
  std::vector<std::int64_t> times;
  for (std::uint64_t offset = first_; offset != last_;) {
    HEVCPOOL_ASSIGN(const Record record, record_at(offset));
    times.push_back(record.pts);
    offset += kRecordBytes + record.size;
  }
  if (times.size() != packets_) return damaged("the number of packets is wrong");
  return times;
}

Expected<std::int64_t> SegmentReader::last_duration() const {
  std::int64_t last = INT64_MIN, duration = 1;
  for (std::uint64_t offset = first_; offset != last_;) {
    HEVCPOOL_ASSIGN(const Record record, record_at(offset));
    if (record.pts > last) duration = record.duration;
    last = std::max(last, record.pts);
    offset += kRecordBytes + record.size;
  }
  return duration;
}

Expected<bool> SegmentReader::next(AVPacket& packet) {
  av_packet_unref(&packet);
  if (position_ == last_) {
    HEVCPOOL_CHECK(hash_rest());
    return false;
  }
  HEVCPOOL_ASSIGN(const Record record, record_at(position_));
  if (const int result = av_new_packet(&packet, static_cast<int>(record.size)); result < 0)
    return fail_av("segment", "no memory for a packet", result);
  HEVCPOOL_CHECK(read_at(position_ + kRecordBytes, packet.data, record.size));
  packet.pts = record.pts;
  packet.duration = record.duration;
  packet.flags = static_cast<int>(record.flags) & (AV_PKT_FLAG_KEY | AV_PKT_FLAG_DISPOSABLE);
  hasher_.add(record.bytes.data(), record.bytes.size());
  hasher_.add(packet.data, record.size);
  position_ += kRecordBytes + record.size;
  ++read_;
  return true;
}

Expected<void> SegmentReader::hash_rest() {
  if (hash_.empty()) return {};  // done before
  std::vector<std::uint8_t> rest(end_ - kFooterBytes - last_);
  HEVCPOOL_CHECK(read_at(last_, rest.data(), rest.size()));
  hasher_.add(rest.data(), rest.size());
  const bool right = hasher_.finish() == hash_ && read_ == packets_;
  hash_.clear();
  if (!right) return damaged("its hash is wrong");
  return {};
}

}  // namespace hevcpool::media
