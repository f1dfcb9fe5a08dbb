// SPDX-License-Identifier: GPL-2.0-or-later
// Changes the descriptions in a Matroska file that libav has completed: tracks, chapters, tags, numbers of attached
// files. They are written into the room that the old ones and reserved space leave, or behind the last cluster; no
// cluster and no attached file is moved. The descriptor is borrowed, O_RDWR. One thread.
#pragma once

#include "media/containers/matroska_file.h"

namespace hevcpool::media {

class MatroskaEditor {
 public:
  static Expected<MatroskaEditor> open(int fd);

  std::vector<Element>& info() { return info_; }
  // One for each track, in order; more or fewer are not allowed.
  std::vector<Element>& tracks() { return tracks_; }
  std::vector<Element>& editions() { return editions_; }
  std::vector<Element>& tags() { return tags_; }
  // In order. Only the number may change, to another of the same length.
  std::vector<MatroskaFile::Attached>& attachments() { return attachments_; }

  Expected<void> save();

 private:
  struct Room {
    std::uint64_t begin = 0, end = 0;
    std::uint64_t size() const { return end - begin; }
  };
  MatroskaEditor(int fd, MatroskaFile file) : fd_(fd), file_(std::move(file)) {}
  std::vector<Room> free_rooms() const;
  Expected<void> place(std::uint32_t id, const std::vector<Element>& content, std::vector<Room>& rooms);
  Expected<void> append(const std::string& bytes, std::uint32_t id);
  Expected<void> write_numbers_of_files() const;
  Expected<void> write_seek_head() const;
  Expected<void> write_segment_size() const;
  Expected<void> write(const std::string& bytes, std::uint64_t at) const;
  bool is_replaced(std::uint32_t id) const;
  bool is_free(const MatroskaFile::Place& place) const;

  int fd_;
  MatroskaFile file_;
  std::vector<Element> info_, tracks_, editions_, tags_;
  std::vector<MatroskaFile::Attached> attachments_;
  std::vector<MatroskaFile::Place> written_;  // where what is new stands
  std::uint64_t end_ = 0;                     // of the file
};

}  // namespace hevcpool::media
