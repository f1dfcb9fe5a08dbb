// SPDX-License-Identifier: GPL-2.0-or-later
// Whole media files made on the spot, in memory: pictures and tones of libavfilter's sources through libavcodec's
// encoders, with whatever else a file can hold. Small and the same every time. Failures throw.
#pragma once

#include "base/unique_fd.h"
#include "media/libav/av.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace hevcpool::test {

using Tags = std::map<std::string, std::string>;

struct MadeVideo {
  std::string graph = "testsrc2=size=128x96:rate=25:duration=1";  // with select, setpts and so on where wanted
  std::string encoder = "libx264";
  AVPixelFormat pixels = AV_PIX_FMT_YUV420P;
  int b_frames = -1;                // in a row; -1: two of libx264, none of others
  double delay = 0;                 // seconds, added to every time
  AVRational time_base{0, 1};       // of the stream; 0/1: the graph's
  Tags tags;
  int disposition = AV_DISPOSITION_DEFAULT;
  std::function<void(AVCodecContext&)> prepare;  // called before the encoder opens; may be empty
  std::function<void(AVStream&)> edit;           // called before the header is written; may be empty
};

struct MadeAudio {
  std::string graph = "sine=frequency=440:sample_rate=48000:duration=1";
  std::string encoder = "aac";
  double delay = 0;
  Tags tags;
  int disposition = AV_DISPOSITION_DEFAULT;
};

struct Cue {
  double start = 0, length = 1;
  std::string text;                 // for ass: the fields of an event as Matroska has them
};

struct MadeSubtitle {
  AVCodecID codec = AV_CODEC_ID_SUBRIP;  // the payload is written as it is
  std::string header;                    // extradata, for ass
  std::vector<Cue> cues;
  Tags tags;
  int disposition = 0;
};

struct MadeAttachment {
  std::string name, type, content;
};

struct MadeChapter {
  double start = 0, end = 0;
  std::string title;
};

struct MadeFile {
  std::string muxer = "mp4";
  std::vector<MadeVideo> videos{MadeVideo{}};
  std::vector<MadeAudio> audios;
  std::vector<MadeSubtitle> subtitles;
  std::vector<MadeAttachment> attachments;
  std::vector<MadeChapter> chapters;
  std::string cover;                // a JPEG; as an attached picture (MP4) or an attachment (Matroska)
  Tags tags;
  Tags muxer_options;
};

UniqueFd make_file(const MadeFile& spec);
// A picture as a JPEG file.
std::string make_jpeg(int width, int height);

std::string content(int fd);
UniqueFd memory_file(const std::string& content = {});

// What a file holds, read back.
struct FoundPacket {
  double pts = 0, dts = 0, duration = 0;
  std::int64_t ticks = 0;           // pts in the stream's time base
  std::string data;
};
struct FoundStream {
  std::string type, codec;
  AVRational time_base{0, 1};
  int width = 0, height = 0, channels = 0, disposition = 0;
  std::string layout, extradata;
  Tags tags;
  std::vector<FoundPacket> packets;
  std::vector<double> times() const;  // of the packets, in presentation order
};
struct FoundFile {
  std::string format;
  double duration = 0, start = 0;
  std::vector<FoundStream> streams;
  std::vector<MadeChapter> chapters;
  Tags tags;
  std::vector<const FoundStream*> of(const std::string& type) const;
};
FoundFile read_file(int fd);

}  // namespace hevcpool::test
