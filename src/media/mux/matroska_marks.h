// SPDX-License-Identifier: GPL-2.0-or-later
// What a Matroska output says beyond what libav's muxer writes. Collected while the output is set up, given room before
// the header, written when the muxer has completed the file. One thread.
#pragma once

#include "media/containers/ebml.h"
#include "media/input/input_file.h"
#include "media/containers/matroska_picture.h"

#include <hevcpool/encode.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hevcpool::media {

// Of one track; what is not set stays as the muxer writes it.
struct TrackMarks {
  // In Matroska's numbers.
  std::optional<std::uint64_t> interlaced, field_order, stereo_mode, default_duration, codec_delay, seek_pre_roll;
  std::optional<PixelCrop> pixel_crop;
  std::optional<double> pose_roll;  // degrees, as in ProjectionPoseRoll
  std::optional<std::string> codec_id, codec_private;
  std::string language;             // BCP 47
  std::optional<Element> source;    // the source's track, without its codec's data
  bool encoded = false;
};

// Keeps the borders that are not shown in an encoded track whose picture the options do not change. `turn`: the filters that
// turn it all the same, for want of a display matrix.
void carry_crop(const InputFile& source, int stream, const EncodeOptions& options, std::string_view turn, TrackMarks& marks);

// Or WebM, which is a part of it.
bool writes_matroska(const AVOutputFormat& muxer);

class MatroskaMarks {
 public:
  // By the index of the output's stream.
  TrackMarks& track(int stream) { return tracks_[stream]; }

  // A stream of the output is that one of the source: its track, or its attached file; of other containers its language.
  void carry_stream(const InputFile& source, int source_stream, int stream, bool encoded);
  // Chapters and tags of a Matroska source; of chapters, what is in [begin, end), AV_TIME_BASE units, moved to 0. `whole`: the
  // output stands for the source where other files refer to it.
  void carry_file(const InputFile& source, std::int64_t begin, std::int64_t end, bool whole);

  // Before the header. Takes chapters, tags and delays of codecs that are carried out of the muxer's hands.
  Expected<void> reserve(AVFormatContext& output);
  // Sound in Matroska stands later by what its codec adds at the beginning, which is not heard. Some versions of the
  // muxer leave that out. The packet's times become the file's; how much later, in ticks of `time_base`.
  std::int64_t delay(AVPacket& packet, int stream, AVRational time_base);
  // When the muxer has completed the file.
  Expected<void> write(int fd, const AVFormatContext& output);

 private:
  struct Delay {
    int rate = 0;           // 0: it is no sound
    int padding = 0;        // samples that the codec adds
    std::int64_t samples = -1;  // by which every packet is later; -1: there was none yet
  };
  std::size_t room() const;
  void take_delays(AVFormatContext& output);
  static void note_delay(Delay& delay, const AVPacket& packet, AVRational time_base);
  void mark_delays();

  std::map<int, TrackMarks> tracks_;
  std::vector<Delay> delays_;               // by stream
  std::map<int, std::uint64_t> attachments_;  // numbers of attached files
  bool carries_file_ = false;
  std::string title_;
  std::vector<Element> editions_, tags_, info_;
};

}  // namespace hevcpool::media
