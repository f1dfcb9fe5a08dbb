// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/mux/matroska_marks.h"

#include "media/containers/ebml_library.h"
#include "media/containers/matroska_chapters.h"
#include "media/containers/matroska_editor.h"
#include "media/containers/matroska_source.h"
#include "media/containers/matroska_tags.h"
#include "media/mux/matroska_track.h"
#include "media/containers/named_codecs.h"
#include "media/libav/tag_keys.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <utility>

namespace hevcpool::media {
namespace {

// A tag that takes room in the header until the rest of it is written.
constexpr const char* kReserved = "RESERVED_SPACE";
constexpr int kOpusRate = 48000, kMilliseconds = 1000;
constexpr std::int64_t kSecond = 1000000000;  // ns
constexpr std::size_t kRoomOfTrack = 400, kRoomOfFile = 200;

bool is_attachment(const AVStream& stream) { return stream.codecpar->codec_type == AVMEDIA_TYPE_ATTACHMENT; }

std::size_t size_of(const std::vector<Element>& elements) {
  std::size_t size = 0;
  for (const Element& element : elements) size += element.size();
  return size;
}

// Numbers of tracks are the source's, where they are good for it.
class Numbers {
 public:
  explicit Numbers(TagTargets& targets) : targets_(targets) {}

  void choose(Element& track, const TrackMarks* marks) {
    const std::uint64_t own = track.number<kax::KaxTrackUID>().value_or(0);
    const std::uint64_t old = marks != nullptr && marks->source ? marks->source->number<kax::KaxTrackUID>().value_or(0) : 0;
    std::uint64_t number = old != 0 && !used_.contains(old) ? old : own;
    while (number == 0 || used_.contains(number)) ++number;
    used_.insert(number);
    track.set_number<kax::KaxTrackUID>(number);
    by_own_[own] = number;
    if (old != 0) targets_.tracks.emplace(old, number);
    if (marks != nullptr && marks->encoded) targets_.encoded.insert(number);
  }

  // The muxer's tags are about its own numbers.
  void correct(std::vector<Element>& tags) const {
    for (Element& tag : tags)
      if (Element* targets = tag.find<kax::KaxTagTargets>())
        for (Element& target : targets->children)
          if (const auto found = by_own_.find(target.as_number());
              target.is<kax::KaxTagTrackUID>() && found != by_own_.end())
            target.data = Element::number_bytes(found->second);
  }

 private:
  TagTargets& targets_;
  std::set<std::uint64_t> used_;
  std::map<std::uint64_t, std::uint64_t> by_own_;
};

void drop_reserved(std::vector<Element>& tags) {
  for (Element& tag : tags)
    std::erase_if(tag.children, [](const Element& child) {
      return child.is<kax::KaxTagSimple>() && child.text<kax::KaxTagName>() == kReserved;
    });
  std::erase_if(tags, [](const Element& tag) { return tag.find<kax::KaxTagSimple>() == nullptr; });
}

std::vector<Element> links_to_other_files(const std::vector<Element>& info) {
  static const std::array kKept = {id_of<kax::KaxSegmentUID>(),    id_of<kax::KaxSegmentFilename>(),
                                   id_of<kax::KaxPrevUID>(),       id_of<kax::KaxPrevFilename>(),
                                   id_of<kax::KaxNextUID>(),       id_of<kax::KaxNextFilename>(),
                                   id_of<kax::KaxSegmentFamily>(), id_of<kax::KaxChapterTranslate>()};
  std::vector<Element> kept;
  for (const Element& element : info)
    if (std::ranges::find(kKept, element.id) != kKept.end()) kept.push_back(element);
  return kept;
}

void replace(std::vector<Element>& elements, const std::vector<Element>& by) {
  for (const Element& element : by)
    std::erase_if(elements, [&](const Element& other) { return other.id == element.id; });
  std::ranges::copy(by, std::back_inserter(elements));
}

// All but those that the muxer makes something else of than a tag, and timecodes, which change with the beginning.
void drop_carried_tags(AVDictionary** tags) {
  constexpr std::array<std::string_view, 6> kKept = {"title",       "language",   "creation_time", "timecode",
                                                     "stereo_mode", "alpha_mode"};
  AVDictionary* kept = nullptr;
  for (const AVDictionaryEntry* tag = nullptr; (tag = av_dict_get(*tags, "", tag, AV_DICT_IGNORE_SUFFIX));)
    if (among(tag->key, kKept)) av_dict_set(&kept, tag->key, tag->value, 0);
  av_dict_free(tags);
  *tags = kept;
}

void drop_chapters(AVFormatContext& output) {
  for (unsigned n = 0; n < output.nb_chapters; ++n) {
    av_dict_free(&output.chapters[n]->metadata);
    av_freep(&output.chapters[n]);
  }
  output.nb_chapters = 0;
}

}  // namespace

bool writes_matroska(const AVOutputFormat& muxer) {
  const std::string_view name = muxer.name;
  return name == "matroska" || name == "webm";
}

void MatroskaMarks::carry_stream(const InputFile& file, int source_stream, int stream, bool encoded) {
  if (file.matroska() == nullptr) {
    if (std::string language = file.language(source_stream); !language.empty())
      tracks_[stream].language = std::move(language);
    return;
  }
  const MatroskaSource& source = *file.matroska();
  if (const Element* attached = source.attached(source_stream))
    attachments_[stream] = attached->number<kax::KaxFileUID>().value_or(0);
  const Element* track = source.track(source_stream);
  if (track == nullptr) return;
  TrackMarks& marks = tracks_[stream];
  marks.source = *track;
  if (source.is_webvtt(source_stream) && !encoded) {
    marks.codec_id = kMatroskaWebVtt;
    if (const Element* data = track->find<kax::KaxCodecPrivate>()) marks.codec_private = data->data;
  }
  marks.source->remove<kax::KaxCodecPrivate>();
  marks.encoded = encoded;
}

void MatroskaMarks::carry_file(const InputFile& file, std::int64_t begin, std::int64_t end, bool whole) {
  if (file.matroska() == nullptr) return;
  const MatroskaSource& source = *file.matroska();
  carries_file_ = true;
  editions_ = cut_editions(source.editions, begin, end);
  tags_ = source.tags;
  title_ = Element{.id = 0, .data = {}, .children = source.info}.text<kax::KaxTitle>();
  if (whole) info_ = links_to_other_files(source.info);
}

std::size_t MatroskaMarks::room() const {
  std::size_t size = kRoomOfFile + size_of(editions_) + size_of(tags_) + size_of(info_);
  for (const auto& [stream, marks] : tracks_) {
    size += kRoomOfTrack + (marks.source ? marks.source->size() : 0);
    size += (marks.codec_private ? marks.codec_private->size() : 0) + marks.language.size();
  }
  return size;
}

void MatroskaMarks::take_delays(AVFormatContext& output) {
  for (unsigned n = 0; n < output.nb_streams; ++n) {
    AVCodecParameters& codec = *output.streams[n]->codecpar;
    Delay& delay = delays_.emplace_back();
    if (codec.codec_type != AVMEDIA_TYPE_AUDIO || codec.sample_rate <= 0) continue;
    delay.rate = codec.codec_id == AV_CODEC_ID_OPUS ? kOpusRate : codec.sample_rate;
    delay.padding = std::exchange(codec.initial_padding, 0);
  }
}

// What stands before 0 is not heard. The times of a coarse clock are rounded: then the codec's own number is right.
void MatroskaMarks::note_delay(Delay& delay, const AVPacket& packet, AVRational time_base) {
  const std::int64_t before = packet.pts < 0 ? av_rescale_q(-packet.pts, time_base, {1, delay.rate}) : 0;
  const bool rounded = std::abs(before - delay.padding) <= delay.rate / kMilliseconds;
  const bool priming = before <= delay.rate / 2;
  delay.samples = rounded || !priming ? delay.padding : std::max<std::int64_t>(delay.padding, before);
}

std::int64_t MatroskaMarks::delay(AVPacket& packet, int stream, AVRational time_base) {
  const auto n = static_cast<std::size_t>(stream);
  if (n >= delays_.size() || delays_[n].rate == 0 || packet.pts == AV_NOPTS_VALUE) return 0;
  Delay& delay = delays_[n];
  const bool first = delay.samples < 0;
  if (first) note_delay(delay, packet, time_base);
  if (delay.samples == 0) return 0;
  std::int64_t later = av_rescale_q(delay.samples, {1, delay.rate}, time_base);
  if (first && std::abs(packet.pts + later) <= av_rescale_q(1, {1, kMilliseconds}, time_base)) later = -packet.pts;
  packet.pts += later;
  if (packet.dts != AV_NOPTS_VALUE) packet.dts += later;
  return later;
}

void MatroskaMarks::mark_delays() {
  for (std::size_t n = 0; n < delays_.size(); ++n) {
    const Delay& delay = delays_[n];
    if (delay.samples <= 0) continue;
    TrackMarks& marks = tracks_[static_cast<int>(n)];
    const bool same = delay.samples == delay.padding && marks.source && !marks.encoded;
    const auto before = same ? marks.source->number<kax::KaxCodecDelay>() : std::nullopt;
    marks.codec_delay = before ? *before : static_cast<std::uint64_t>(av_rescale(delay.samples, kSecond, delay.rate));
  }
}

Expected<void> MatroskaMarks::reserve(AVFormatContext& output) {
  take_delays(output);
  if (carries_file_) {
    drop_chapters(output);
    drop_carried_tags(&output.metadata);
    av_dict_set(&output.metadata, "title", title_.empty() ? nullptr : title_.c_str(), 0);
  }
  for (const auto& [stream, marks] : tracks_)
    if (marks.source) drop_carried_tags(&output.streams[stream]->metadata);
  const std::size_t size = room() + output.nb_streams * kRoomOfTrack;
  const int set = av_dict_set(&output.metadata, kReserved, std::string(size, '-').c_str(), 0);
  return set < 0 ? Expected<void>(fail_av("mux", "tags", set)) : Expected<void>{};
}

Expected<void> MatroskaMarks::write(int fd, const AVFormatContext& output) {
  mark_delays();
  HEVCPOOL_ASSIGN(MatroskaEditor editor, MatroskaEditor::open(fd));
  TagTargets targets;
  Numbers numbers(targets);
  std::size_t track = 0, file = 0;
  for (unsigned n = 0; n < output.nb_streams; ++n) {
    if (is_attachment(*output.streams[n])) {
      const auto uid = attachments_.find(static_cast<int>(n));
      if (file >= editor.attachments().size()) return fail("mux", "matroska", "an attached file is not in the output");
      Element& attached = editor.attachments()[file++].file;
      if (uid == attachments_.end() || uid->second == 0) continue;
      attached.set_number<kax::KaxFileUID>(uid->second);
      targets.attachments.emplace(uid->second, uid->second);
      continue;
    }
    if (track >= editor.tracks().size()) return fail("mux", "matroska", "a track is not in the output");
    const auto marks = tracks_.find(static_cast<int>(n));
    Element& entry = editor.tracks()[track++];
    numbers.choose(entry, marks == tracks_.end() ? nullptr : &marks->second);
    if (marks != tracks_.end()) mark_track(entry, marks->second);
  }
  drop_reserved(editor.tags());
  numbers.correct(editor.tags());
  if (carries_file_) {
    note_chapters(editions_, targets);
    editor.editions() = editions_;
    editor.tags() = joined_tags(tags_, std::move(editor.tags()), targets);
    replace(editor.info(), info_);
  }
  return editor.save();
}

void carry_crop(const InputFile& source, int stream, const EncodeOptions& options, std::string_view turn,
                TrackMarks& marks) {
  const bool changed = !options.vf.empty() || !options.crop.empty() || !options.scale.empty();
  const MatroskaSource* matroska = changed ? nullptr : source.matroska();
  const Element* track = matroska == nullptr ? nullptr : matroska->track(stream);
  const auto crop = track == nullptr ? std::nullopt : pixel_crop(*track);
  if (crop) marks.pixel_crop = turned(*crop, turn);
}

}  // namespace hevcpool::media
