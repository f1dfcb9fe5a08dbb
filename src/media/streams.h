// SPDX-License-Identifier: GPL-2.0-or-later
// Decides what becomes of each stream of a source, before anything is encoded, and in which container. The same
// decision serves the dry run and the conversion.
#pragma once

#include "media/source.h"
#include "media/transcode.h"

namespace hevcpool::media {

// What an audio option asks for: "copy", "none", or a codec with a bit rate ("aac:160k").
struct AudioRequest {
  enum class Action { copy, none, encode } action = Action::copy;
  std::string encoder;        // libavcodec's name
  AVCodecID codec = AV_CODEC_ID_NONE;
  std::int64_t bit_rate = 0;  // 0: the encoder's choice
};
Expected<AudioRequest> parse_audio_request(const std::string& text);
// The encoder for a codec by libav's name, without a bit rate.
AudioRequest audio_request_for(const std::string& codec);

bool is_attached_picture(const AVStream& stream);
// The text track that QuickTime files keep their chapters in; it is made anew from the chapters.
bool is_chapter_track(const AVFormatContext& format, const AVStream& stream);
bool is_timecode_track(const AVStream& stream);

// Fills `inspection` with everything the source says and the streams' fates. Notes what is lost; under
// options.strict a loss is an error.
Expected<Inspection> plan_streams(const Source& source, const EncodeOptions& options, Notes& notes);

}  // namespace hevcpool::media
