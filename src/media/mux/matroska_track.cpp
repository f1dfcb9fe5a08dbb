// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/mux/matroska_track.h"

#include "media/containers/ebml_library.h"

#include <algorithm>
#include <array>

namespace hevcpool::media {
namespace {

// What is said of a track in general: true of it however it is coded.
bool is_label(const Element& element) {
  static const std::array kLabels = {
      id_of<kax::KaxTrackFlagEnabled>(),     id_of<kax::KaxTrackFlagDefault>(),    id_of<kax::KaxTrackFlagForced>(),
      id_of<kax::KaxFlagHearingImpaired>(),  id_of<kax::KaxFlagVisualImpaired>(),  id_of<kax::KaxFlagOriginal>(),
      id_of<kax::KaxFlagTextDescriptions>(), id_of<kax::KaxFlagCommentary>(),      id_of<kax::KaxTrackLanguage>(),
      id_of<kax::KaxLanguageIETF>(),         id_of<kax::KaxTrackName>(),           id_of<kax::KaxTrackOperation>()};
  return std::ranges::find(kLabels, element.id) != kLabels.end();
}

// What is true of a track whose packets are the same.
bool is_of_the_packets(const Element& element) {
  static const std::array kKinds = {id_of<kax::KaxTrackDefaultDuration>(), id_of<kax::KaxCodecName>(),
                                    id_of<kax::KaxTrackAttachmentLink>(),  id_of<kax::KaxTrackMinCache>(),
                                    id_of<kax::KaxTrackMaxCache>(),        id_of<kax::KaxMaxBlockAdditionID>()};
  return std::ranges::find(kKinds, element.id) != kKinds.end();
}

void replace(Element& track, const Element& element) {
  track.remove(element.id);
  track.children.push_back(element);
}

// Of a picture that is copied the source knows everything, of sound only what is missing.
void carry_details(Element& track, const Element& source) {
  if (const Element* video = source.find<kax::KaxTrackVideo>())
    if (Element* target = track.find<kax::KaxTrackVideo>()) {
      for (const Element& child : video->children) target->remove(child.id);
      std::ranges::copy(video->children, std::back_inserter(target->children));
    }
  for (const Element& child : source.children)
    if (is_of_the_packets(child) && track.find(child.id) == nullptr) track.children.push_back(child);
}

void carry(Element& track, const Element& source, bool encoded) {
  for (const Element& child : source.children)
    if (is_label(child)) replace(track, child);
  if (!encoded) carry_details(track, source);
}

void mark_picture(Element& track, const TrackMarks& marks) {
  Element* video = track.find<kax::KaxTrackVideo>();
  if (video == nullptr) return;
  if (marks.interlaced) video->set_number<kax::KaxVideoFlagInterlaced>(*marks.interlaced);
  if (marks.field_order) video->set_number<kax::KaxVideoFieldOrder>(*marks.field_order);
  if (marks.stereo_mode) video->set_number<kax::KaxVideoStereoMode>(*marks.stereo_mode);
  if (marks.pixel_crop) {
    video->set_number<kax::KaxVideoPixelCropTop>(marks.pixel_crop->top);
    video->set_number<kax::KaxVideoPixelCropBottom>(marks.pixel_crop->bottom);
    video->set_number<kax::KaxVideoPixelCropLeft>(marks.pixel_crop->left);
    video->set_number<kax::KaxVideoPixelCropRight>(marks.pixel_crop->right);
  }
  if (!marks.pose_roll) return;
  Element& projection = video->child(id_of<kax::KaxVideoProjection>());
  if (projection.find<kax::KaxVideoProjectionType>() == nullptr)
    projection.set_number<kax::KaxVideoProjectionType>(0);  // flat
  projection.set_float<kax::KaxVideoProjectionPoseRoll>(*marks.pose_roll);
}

}  // namespace

void mark_track(Element& track, const TrackMarks& marks) {
  if (marks.source) carry(track, *marks.source, marks.encoded);
  mark_picture(track, marks);
  if (marks.default_duration) track.set_number<kax::KaxTrackDefaultDuration>(*marks.default_duration);
  if (marks.codec_delay) track.set_number<kax::KaxCodecDelay>(*marks.codec_delay);
  if (marks.seek_pre_roll) track.set_number<kax::KaxSeekPreRoll>(*marks.seek_pre_roll);
  if (marks.codec_id) track.set_text<kax::KaxCodecID>(*marks.codec_id);
  if (marks.codec_private) track.set_text<kax::KaxCodecPrivate>(*marks.codec_private);
  if (!marks.language.empty()) track.set_text<kax::KaxLanguageIETF>(marks.language);
}

}  // namespace hevcpool::media
