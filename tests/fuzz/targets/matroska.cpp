// SPDX-License-Identifier: GPL-2.0-or-later
// Matroska files, as a source may be: what is said of tracks, chapters, tags and attached files. What can be read can be
// written, and is the same when it is read again.
#include "fuzz/targets/target.h"

#include "base/unique_fd.h"
#include "media/containers/ebml_library.h"
#include "media/containers/matroska_chapters.h"
#include "media/containers/matroska_file.h"
#include "media/containers/mp4_boxes.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

namespace {

using namespace hevcpool;
using media::Element;

void write_and_read(const std::vector<Element>& elements) {
  std::string bytes;
  for (const Element& element : elements) media::write_element(element, bytes);
  std::size_t size = 0;
  for (const Element& element : elements) size += element.size();
  const auto again = media::parse_elements({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  if (size != bytes.size() || !again || again->size() != elements.size()) std::abort();
}

template <class Kind>
std::vector<Element> load(const media::MatroskaFile& file) {
  auto elements = file.load(media::id_of<Kind>());
  if (!elements) return {};
  write_and_read(*elements);
  return std::move(*elements);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const UniqueFd fd(::memfd_create("matroska", MFD_CLOEXEC));
  if (::ftruncate(fd.get(), 0) != 0 || ::pwrite(fd.get(), data, size, 0) != static_cast<ssize_t>(size)) return 0;
  static_cast<void>(media::read_mp4_tracks(fd.get()));
  const auto file = media::MatroskaFile::open(fd.get());
  if (!file) return 0;
  load<media::kax::KaxTracks>(*file);
  load<media::kax::KaxTags>(*file);
  load<media::kax::KaxInfo>(*file);
  static_cast<void>(file->attachments());
  const auto editions = load<media::kax::KaxChapters>(*file);
  write_and_read(media::cut_editions(editions, 500000, 1500000));
  static_cast<void>(media::lost_in_one_list(editions));
  return 0;
}
