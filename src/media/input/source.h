// SPDX-License-Identifier: GPL-2.0-or-later
// The file being converted: opened through a borrowed descriptor, read packet by packet, its clock made continuous
// (jumps of transport streams taken out), what is missing or damaged in it counted. One thread.
#pragma once

#include "media/input/input_file.h"
#include "media/input/timeline.h"

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace hevcpool::media {

// What reading came upon. Damage that a decoder sees is counted by the tracks.
struct SourceDamage {
  std::int64_t corrupt_packets = 0;  // flagged by the demuxer: cut off, or with a wrong checksum
  std::int64_t lost_places = 0;      // where the demuxer could not go on, or had to look for a new start
  double first_error = 0;            // seconds into the file; of either kind
};

class Source {
 public:
  static Expected<std::unique_ptr<Source>> open(int fd, const std::string& name);
  // For files of our own, whose headers say everything: without decoding anything to find out more.
  static Expected<std::unique_ptr<Source>> open_own(int fd);

  // From now on libav makes up the times of pictures that their container only puts in order (AVI, program streams), as
  // far as it can tell them.
  void complete_times();

  InputFile& file() { return file_; }
  const InputFile& file() const { return file_; }
  AVFormatContext& format() const { return file_.format(); }
  int streams() const { return static_cast<int>(format().nb_streams); }
  AVStream& stream(int index) const { return *format().streams[index]; }
  double duration() const { return file_.duration(); }
  // Where the file's clock starts, AV_TIME_BASE units; 0 when unknown.
  std::int64_t start_time() const { return file_.start_time(); }

  // Packets of other streams than these need not be read. Where the clock may jump, they may still come: only they tell a
  // jump from a hole.
  void read_only(const std::vector<int>& streams);
  // The next packet, its times on the continuous clock. False at the end of the file. Damage is passed over and
  // counted; a failing read of the descriptor is an error.
  Expected<bool> read(AVPacket& packet);
  // Reading goes on so that every frame of `stream` shown from `timestamp` (its time base, continuous) on can be decoded:
  // with the last key frame shown by then, where there is one, and what the other streams have beside it. Formats
  // without an index are read from the beginning. Before the first read(); streams may be other objects afterwards.
  Expected<void> seek(int stream, std::int64_t timestamp);

  const SourceDamage& damage() const { return damage_; }
  // Seconds, on the continuous clock: where the last packet so far ended: of all streams, and of each.
  double end() const;
  const std::vector<double>& ends() const { return ends_; }
  // How often the clock of the file itself jumped; reading hides that.
  std::int64_t clock_jumps() const { return continuity_.jumps(); }

 private:
  Source(InputFile file, int fd, std::string name);
  static Expected<InputFile> open_file(int fd, const std::string& name);
  Expected<void> reopen();
  Expected<bool> read_on(AVPacket& packet);
  Expected<bool> read_raw(AVPacket& packet);
  Expected<bool> read_to_joint(AVPacket& packet);
  Expected<void> keep_at_joint(AVPacket& packet, bool settled);
  void settle();
  Expected<bool> find_key_frame(int stream, std::int64_t timestamp);
  Expected<bool> after_failed_read(int result);
  bool demuxer_complained();
  void note_time(const AVPacket& packet);
  void note_damage(std::int64_t& counter);

  InputFile file_;
  int fd_;
  std::string name_;
  std::deque<PacketPtr> ahead_;  // read already, to be given out first
  struct AtJoint {
    PacketPtr packet;
    bool settled;  // has its continuous times
  };
  std::deque<AtJoint> joint_;    // read around a jump of the clock, the first of them perhaps not settled
  std::deque<PacketPtr> cues_;   // of the last one, to be given out before
  Continuity continuity_;
  SourceDamage damage_;
  bool complete_times_ = false;
  int failures_in_a_row_ = 0;
  std::int64_t complaints_ = 0;  // of the demuxer, so far
  double position_ = 0;
  std::vector<double> ends_;     // by stream
};

}  // namespace hevcpool::media
