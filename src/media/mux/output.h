// SPDX-License-Identifier: GPL-2.0-or-later
// The file being made: a libav muxer over a borrowed, empty O_RDWR descriptor. Streams are added, begin() writes the
// header, write() takes packets on their source's clock, finish() completes the file. One thread.
//
//   created --begin()--> writing --finish()--> finished
#pragma once

#include "media/mux/container.h"
#include "media/libav/fd_io.h"
#include "media/mux/matroska_marks.h"
#include "media/mux/stream_count.h"

#include <memory>
#include <vector>

namespace hevcpool::media {

class Output {
 public:
  static Expected<std::unique_ptr<Output>> create(int fd, Container container);

  AVFormatContext& format() { return *format_; }
  Expected<AVStream*> add_stream();
  // What the muxer does not write; used where the container is Matroska.
  MatroskaMarks& marks() { return marks_; }
  // Options of the muxer, for begin(); flags add up.
  void set_option(const char* key, const char* value);
  Expected<void> begin();
  // Takes the packet's data over and leaves it empty. Its times are in `time_base`, zero where the output starts.
  Expected<void> write(AVPacket& packet, int stream, AVRational time_base);
  Expected<void> finish();

  bool begun() const { return begun_; }
  std::uint64_t bytes() const;
  // What was written, as a reader will find it.
  std::vector<StreamCount> counts() const;
  double duration() const;

 private:
  struct Written {
    std::int64_t packets = 0;
    std::int64_t last_dts = AV_NOPTS_VALUE;
    std::int64_t first = AV_NOPTS_VALUE, end = AV_NOPTS_VALUE;  // presentation, in the stream's time base
  };
  Output(int fd, Container container) : fd_(fd), container_(container) {}
  // `later`: than a reader will find it.
  static void note(const AVPacket& packet, Written& written, std::int64_t later);
  void keep_in_order(AVPacket& packet, Written& written) const;

  int fd_;
  Container container_;
  MatroskaMarks marks_;
  std::unique_ptr<TargetIo> io_;  // before the context, which writes through it
  OutputContextPtr format_;
  DictionaryPtr options_;
  std::vector<Written> written_;
  bool begun_ = false;
};

}  // namespace hevcpool::media
