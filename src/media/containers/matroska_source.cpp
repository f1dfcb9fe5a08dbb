// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/containers/matroska_source.h"

#include "media/containers/ebml_library.h"
#include "media/containers/named_codecs.h"

#include <algorithm>
#include <string_view>

namespace hevcpool::media {
namespace {

enum TrackType : std::uint64_t { kVideo = 1, kAudio = 2, kSubtitle = 0x11, kMetadata = 0x21 };

// Those that libav makes a stream of.
bool becomes_stream(const Element& track) {
  const auto type = track.number<kax::KaxTrackType>().value_or(0);
  const bool known = type == kVideo || type == kAudio || type == kSubtitle || type == kMetadata;
  return known && !track.text<kax::KaxCodecID>().empty();
}

bool becomes_stream(const MatroskaFile::Attached& attached) {
  return attached.has_content && !attached.file.text<kax::KaxFileName>().empty() &&
         !attached.file.text<kax::KaxMimeType>().empty();
}

bool same_type(const Element& track, const AVStream& stream) {
  switch (track.number<kax::KaxTrackType>().value_or(0)) {
    case kVideo: return stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
    case kAudio: return stream.codecpar->codec_type == AVMEDIA_TYPE_AUDIO;
    case kSubtitle: return stream.codecpar->codec_type == AVMEDIA_TYPE_SUBTITLE;
    default: return true;
  }
}

template <class Kind>
std::vector<Element> loaded(const MatroskaFile& file) {
  auto elements = file.load(id_of<Kind>());
  return elements ? std::move(*elements) : std::vector<Element>();
}

}  // namespace

bool is_matroska(const AVFormatContext& format) {
  return format.iformat != nullptr && std::string_view(format.iformat->name).starts_with("matroska");
}

std::unique_ptr<const MatroskaSource> MatroskaSource::read(int fd, const AVFormatContext& format) {
  if (!is_matroska(format)) return nullptr;
  const auto file = MatroskaFile::open(fd);
  if (!file) return nullptr;
  auto source = std::make_unique<MatroskaSource>();
  source->tracks = loaded<kax::KaxTracks>(*file);
  if (source->tracks.empty()) return nullptr;
  source->editions = loaded<kax::KaxChapters>(*file);
  source->tags = loaded<kax::KaxTags>(*file);
  source->info = loaded<kax::KaxInfo>(*file);
  if (auto attachments = file->attachments()) source->attachments = std::move(*attachments);
  source->match(format);
  return source;
}

std::string MatroskaSource::language(int stream) const {
  const Element* entry = track(stream);
  return entry != nullptr ? entry->text<kax::KaxLanguageIETF>() : std::string();
}

bool MatroskaSource::is_webvtt(int stream) const {
  const Element* entry = track(stream);
  return entry != nullptr && entry->text<kax::KaxCodecID>() == kMatroskaWebVtt;
}

// libav's streams are the tracks and then the attached files, without those that it passes over.
void MatroskaSource::match(const AVFormatContext& format) {
  std::vector<const Element*> wanted_tracks, wanted_files;
  for (const Element& track : tracks)
    if (track.is<kax::KaxTrackEntry>() && becomes_stream(track)) wanted_tracks.push_back(&track);
  for (const auto& attached : attachments)
    if (becomes_stream(attached)) wanted_files.push_back(&attached.file);
  const std::size_t count = wanted_tracks.size();
  track_of_stream.resize(format.nb_streams);
  attached_of_stream.resize(format.nb_streams);
  if (count > format.nb_streams) return;
  for (std::size_t n = 0; n < count; ++n)
    if (!same_type(*wanted_tracks[n], *format.streams[n])) return;
  std::ranges::copy(wanted_tracks, track_of_stream.begin());
  if (count + wanted_files.size() == format.nb_streams)
    std::ranges::copy(wanted_files, attached_of_stream.begin() + static_cast<std::ptrdiff_t>(count));
}

}  // namespace hevcpool::media
