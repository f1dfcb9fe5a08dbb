// SPDX-License-Identifier: GPL-2.0-or-later
// A file opened for reading through a descriptor: its format recognised and its streams known. The descriptor is
// borrowed and read with pread only. One thread.
#pragma once

#include "media/libav/av.h"
#include "media/libav/fd_io.h"
#include "media/input/picture_statements.h"

#include <memory>
#include <string>
#include <vector>

namespace hevcpool::media {

// See InputFile::time_zero().
std::int64_t time_zero_of(const AVFormatContext& format);

struct MatroskaSource;

class InputFile {
 public:
  // `name` helps to recognise the format by its extension; nothing is opened by it.
  static Expected<InputFile> open(int fd, const std::string& name);
  // The same, without the starts of streams that libav does not find: what it says of the file, and no more.
  static Expected<InputFile> open_as_stated(int fd, const std::string& name);
  // The same, and where sound or picture of a stream that the container announces begins late: reads on to it, within
  // bounds. What the container alone says of the pictures is among what is known of the streams.
  static Expected<InputFile> open_whole(int fd, const std::string& name);
  // The same, without decoding anything of a still picture: its size and format are known with the first frame.
  static Expected<InputFile> open_still(int fd, const std::string& name);
  // The same for decoding the video alone: where the header has all that this needs, no stream is looked into, and
  // what only decoders know (pixel formats, frame rates) stays unknown.
  static Expected<InputFile> open_for_video(int fd, const std::string& name);
  // The same, without looking beyond the header at all: formats that keep their streams' parameters elsewhere lack them.
  static Expected<InputFile> open_header(int fd, const std::string& name);
  // The same of a file that we wrote: its duration is known besides.
  static Expected<InputFile> open_own(int fd);

  AVFormatContext& format() const { return *format_; }
  const FdIo& io() const { return *io_; }  // for the system error behind a failed read
  // The video stream that players choose; moving pictures before cover art. Fails where the only ones are encrypted.
  Expected<AVStream*> video() const;
  std::vector<AVStream*> streams_of(AVMediaType type) const;
  // What a Matroska file says beside that, read when it is first asked for; null for other files.
  const MatroskaSource* matroska() const;
  // Of a stream, in BCP 47 ("pt-BR"), where the file says so; libav's tag has three letters.
  std::string language(int stream) const;
  // Seconds; 0 when unknown.
  double duration() const;
  // AV_TIME_BASE units: of the first packet that is shown or heard; 0 when unknown.
  std::int64_t start_time() const;
  // What time 0 of a user means, as players count: the start, except that what an encoder of sound puts before 0 (its
  // priming) is not heard.
  std::int64_t time_zero() const { return time_zero_of(*format_); }

 private:
  Expected<void> find_streams();
  Expected<void> complete();
  Expected<void> find_missing_starts(int fd, const std::string& name);
  InputFile(int fd, std::unique_ptr<FdIo> io, InputContextPtr format)
      : fd_(fd), io_(std::move(io)), format_(std::move(format)), stated_(std::make_unique<PictureStatements>(*format_)) {}
  int fd_;
  std::unique_ptr<FdIo> io_;  // before the context, which reads through it
  InputContextPtr format_;
  std::unique_ptr<PictureStatements> stated_;  // the context leads to it
  struct Free {
    void operator()(const MatroskaSource* source) const;
  };
  mutable std::unique_ptr<const MatroskaSource, Free> matroska_;
};

}  // namespace hevcpool::media
