// SPDX-License-Identifier: GPL-2.0-or-later
// Where the parts of a Matroska file are: read with pread from a borrowed descriptor, within limits, whatever is in it.
// Clusters are not looked at; what stands after the first one is found by the SeekHead. Plain values; one thread.
#pragma once

#include "media/containers/ebml.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hevcpool::media {

class MatroskaFile {
 public:
  struct Place {  // of an element, in bytes of the file
    std::uint32_t id = 0;
    std::uint64_t at = 0;    // of its identifier
    int header = 0;          // bytes of identifier and size
    std::uint64_t size = 0;  // of what follows
    std::uint64_t body() const { return at + static_cast<std::uint64_t>(header); }
    std::uint64_t end() const { return body() + size; }
  };
  struct Attached {
    Element file;            // without its content
    bool has_content = false;
    Place uid;               // of the number; id 0 where it has none
  };

  // Nothing where the descriptor has no Matroska file.
  static std::optional<MatroskaFile> open(int fd);

  const Place& segment() const { return segment_; }
  // Directly in the segment, in the order of the file, without clusters.
  const std::vector<Place>& places() const { return places_; }
  // Where the clusters begin; where the file ends where there are none.
  std::uint64_t first_cluster() const { return first_cluster_; }
  std::uint64_t file_size() const { return file_size_; }

  // What is inside the elements of that kind, all together.
  Expected<std::vector<Element>> load(std::uint32_t id) const;
  Expected<std::vector<Attached>> attachments() const;

 private:
  explicit MatroskaFile(int fd) : fd_(fd) {}
  bool find_segment();
  void walk();
  void follow_seek_heads();
  void follow(const Element& seek);
  std::optional<Place> place_at(std::uint64_t at, std::uint64_t end) const;
  Expected<std::string> read(std::uint64_t at, std::uint64_t size) const;
  Expected<Attached> attached(const Place& place) const;

  int fd_;
  std::uint64_t file_size_ = 0, first_cluster_ = 0;
  Place segment_;
  std::vector<Place> places_;
};

}  // namespace hevcpool::media
