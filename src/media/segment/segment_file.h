// SPDX-License-Identifier: GPL-2.0-or-later
// The encoded packets of one segment of a video stream, in a file of its own. All numbers are little endian.
//
//   magic        8 bytes "HVCPSEG1"
//   header       u32 size, JSON text: SegmentHeader
//   packets      u32 size, u32 flags (of libavcodec), i64 pts, i64 duration, data; in decoding order.
//                There is no dts: it follows from the sorted pts of the whole stream
//   end          u32 0xFFFFFFFF
//   trailer      u32 size, JSON text: SegmentTrailer
//   footer       u64 packets, u64 offset of `end`, 32 hexadecimal digits (128-bit murmur3 of all bytes before the
//                footer), magic 8 bytes "HVCPEND1"
//
// The file is complete if and only if its footer is right. Several may lie one after another in one descriptor, so
// a reader is given a range. Reading trusts nothing: every length is bounded before it is used. One thread.
#pragma once

#include "media/segment/cut_proof.h"
#include "media/libav/diagnostics.h"
#include "media/video/video_track.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hevcpool::media {

inline constexpr int kSegmentVersion = 1;

struct SegmentHeader {
  int version = kSegmentVersion;
  std::string encoder;                // library versions that made it
  std::string options;                // hash of everything that the bytes depend on
  std::int64_t begin = 0, end = 0;    // frames in [begin, end), in the source stream's time base
  AVRational time_base{0, 1};         // of the packets
  int reorder_delay = 0;
  std::vector<std::uint8_t> parameter_sets;  // Annex B
};

struct SegmentTrailer {
  std::optional<std::int64_t> end;    // sooner than the header says: the segment was shortened while it was encoded
  VideoTrackStats stats;              // decode errors: of the packets inside [begin, end) only
  CutProof head, tail;                // at `begin`, at `end`
  std::vector<Warning> warnings;
};

class SegmentWriter {
 public:
  // Writes from offset 0 on. The descriptor is borrowed.
  static Expected<SegmentWriter> create(int fd, const SegmentHeader& header);
  Expected<void> write(const AVPacket& packet);
  // Makes the file complete.
  Expected<void> finish(const SegmentTrailer& trailer);

 private:
  explicit SegmentWriter(int fd) : fd_(fd) {}
  Expected<void> put(const void* data, std::size_t size);
  Expected<void> put_text(const std::string& text);
  Expected<void> flush();

  int fd_;
  std::vector<std::uint8_t> buffer_;
  std::uint64_t written_ = 0;         // handed to put(), flushed or not
  std::uint64_t packets_ = 0;
  Hasher hasher_;
};

class SegmentReader {
 public:
  // The bytes [offset, offset + size) of the descriptor; size 0: to its end. Checks header, trailer and footer.
  static Expected<SegmentReader> open(int fd, std::uint64_t offset = 0, std::uint64_t size = 0);

  // All segments of a descriptor, which may hold several, one after another.
  static Expected<std::vector<SegmentReader>> open_all(int fd);

  const SegmentHeader& header() const { return header_; }
  const SegmentTrailer& trailer() const { return trailer_; }
  std::uint64_t packets() const { return packets_; }
  // Presentation times of all packets, in decoding order. Reads the whole file, without the data.
  Expected<std::vector<std::int64_t>> times() const;
  // How long the last frame shown stays on; 1 where there is no frame. Reads the same.
  Expected<std::int64_t> last_duration() const;
  // Fills `packet` (without dts) with the next one. False at the end, where the hash has been checked.
  Expected<bool> next(AVPacket& packet);

 private:
  SegmentReader(int fd, std::uint64_t begin, std::uint64_t end) : fd_(fd), begin_(begin), end_(end) {}
  Expected<void> read_at(std::uint64_t offset, void* data, std::size_t size) const;
  Expected<std::string> read_text(std::uint64_t& offset, std::uint64_t limit) const;
  Expected<void> read_footer();
  Expected<void> hash_rest();
  Expected<std::uint64_t> find_end() const;
  struct Record;
  Expected<Record> record_at(std::uint64_t offset) const;

  int fd_;
  std::uint64_t begin_, end_;         // of the segment in the descriptor
  std::uint64_t first_ = 0, last_ = 0;  // offsets of the first packet and of `end`
  std::uint64_t position_ = 0;
  std::uint64_t packets_ = 0, read_ = 0;
  std::string hash_;
  Hasher hasher_;
  SegmentHeader header_;
  SegmentTrailer trailer_;
};

}  // namespace hevcpool::media
