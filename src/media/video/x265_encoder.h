// SPDX-License-Identifier: GPL-2.0-or-later
// One libx265 encoder: pictures in presentation order in, access units in decoding order out. x265 copies the
// picture during encode(), so the caller's buffers are free afterwards. For one thread.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "media/libav/av.h"
#include "media/hevc/field_order.h"
#include "media/video/picture_format.h"
#include "media/video/video_track.h"
#include "media/video/x265_options.h"
#include "profile/encoder_probe.h"

namespace hevcpool::media {

// What an encoder is opened for, besides the options.
struct StreamFormat {
  PictureFormat picture;
  AVRational frame_rate{0, 1};     // nominal, for rate control
  bool constant_rate = true;       // then the stream says so
  AVRational sample_aspect{0, 1};  // 0/1: not stated
  AVColorRange range = AVCOL_RANGE_UNSPECIFIED;
  AVColorPrimaries primaries = AVCOL_PRI_UNSPECIFIED;
  AVColorTransferCharacteristic transfer = AVCOL_TRC_UNSPECIFIED;
  AVColorSpace matrix = AVCOL_SPC_UNSPECIFIED;
  AVChromaLocation chroma_location = AVCHROMA_LOC_UNSPECIFIED;
  FieldOrder fields = FieldOrder::progressive;
};

struct AccessUnit {
  std::int64_t frame = 0;  // number of its picture in presentation order
  bool key = false;
  bool disposable = false;
  std::span<const x265_nal> nals;  // Annex B; valid during the call
};
using AccessUnitSink = std::function<Expected<void>(const AccessUnit&)>;

struct CloseX265Encoder {
  const x265_api* api = nullptr;
  void operator()(x265_encoder* encoder) const { api->encoder_close(encoder); }
};
struct FreeX265Picture {
  const x265_api* api = nullptr;
  void operator()(x265_picture* picture) const { api->picture_free(picture); }
};

using X265EncoderPtr = std::unique_ptr<x265_encoder, CloseX265Encoder>;
using X265PicturePtr = std::unique_ptr<x265_picture, FreeX265Picture>;

class X265Encoder {
 public:
  static Expected<std::unique_ptr<X265Encoder>> open(const StreamFormat& format, const EncodeOptions& options,
                                                     const VideoTrack::Pass& pass);

  // `picture` has the format and coded size given to open(). `fields` is what the picture timing message
  // says, when the stream has one.
  Expected<void> encode(const AVFrame& picture, FieldOrder fields, const AccessUnitSink& sink);
  // Hands out what is left. To be called once.
  Expected<void> drain(const AccessUnitSink& sink);

  // Parameter sets, Annex B.
  const std::vector<std::uint8_t>& headers() const { return headers_; }
  // By how many frames decoding order runs ahead of presentation order.
  int reorder_delay() const { return reorder_delay_; }
  // The stream promises a picture timing message with each picture, and x265 writes one only with HRD.
  bool wants_field_order() const { return actual_->pictureStructure >= 0 && actual_->bEmitHRDSEI == 0; }
  const x265_param& parameters() const { return *actual_; }
  // What was asked for in vain, a sentence each.
  const std::vector<std::string>& without_effect() const { return without_effect_; }

 private:
  explicit X265Encoder(const x265_api& api) : api_(api) {}
  Expected<void> start(X265ParamPtr param);
  Expected<int> step(x265_picture* input, const AccessUnitSink& sink);
  Expected<int> call(x265_picture* input, std::span<const x265_nal>& nals);

  const x265_api& api_;
  X265ParamPtr param_, actual_;  // as asked for; as x265 decided. Outlive the encoder.
  X265EncoderPtr encoder_;
  std::unique_ptr<profile::EncoderProbe> probe_;  // null: nobody measures. Goes before the encoder's threads do
  X265PicturePtr input_, output_;
  std::vector<std::uint8_t> headers_;
  std::vector<std::string> without_effect_;
  int reorder_delay_ = 0;
  std::int64_t frames_in_ = 0;
};

}  // namespace hevcpool::media
