// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/video/x265_encoder.h"

#include "base/crash_context.h"
#include "base/memory.h"
#include "media/video/x265_effect.h"
#include "media/video/x265_statistics.h"
#include "media/video/x265_threads.h"
#include "profile/probes.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cstring>

namespace hevcpool::media {
namespace {

// pic_struct of the picture timing message: a frame, or two fields with the top or the bottom one first.
std::uint32_t picture_structure(FieldOrder fields) {
  switch (fields) {
    case FieldOrder::top_first:
      return 3;
    case FieldOrder::bottom_first:
      return 4;
    default:
      return 0;
  }
}

int csp_of(AVPixelFormat pixels) {
  const auto* format = av_pix_fmt_desc_get(pixels);
  if (format->nb_components == 1) return X265_CSP_I400;
  if (format->log2_chroma_h != 0) return X265_CSP_I420;
  return format->log2_chroma_w != 0 ? X265_CSP_I422 : X265_CSP_I444;
}

void set_sample_aspect(x265_param& param, AVRational aspect) {
  if (aspect.num <= 0 || aspect.den <= 0) return;
  av_reduce(&aspect.num, &aspect.den, aspect.num, aspect.den, 65535);
  const std::string name = fmt::format("{}:{}", aspect.num, aspect.den);
  for (int n = 1; x265_sar_names[n] != nullptr; ++n)
    if (name == x265_sar_names[n]) {
      param.vui.aspectRatioIdc = n;
      return;
    }
  param.vui.aspectRatioIdc = X265_EXTENDED_SAR;
  param.vui.sarWidth = aspect.num;
  param.vui.sarHeight = aspect.den;
}

// x265 3.5 knows the values of HEVC's second edition; a later one is left to the container.
void set_colour(x265_param& param, const StreamFormat& format) {
  auto& vui = param.vui;
  vui.colorPrimaries = format.primaries <= 12 ? format.primaries : 2;
  vui.transferCharacteristics = format.transfer <= 18 ? format.transfer : 2;
  vui.matrixCoeffs = format.matrix <= 14 ? format.matrix : 2;
  vui.bEnableColorDescriptionPresentFlag =
      vui.colorPrimaries != 2 || vui.transferCharacteristics != 2 || vui.matrixCoeffs != 2;
  vui.bEnableVideoFullRangeFlag = format.range == AVCOL_RANGE_JPEG;
  vui.videoFormat = 5;
  vui.bEnableVideoSignalTypePresentFlag =
      vui.bEnableColorDescriptionPresentFlag || format.range != AVCOL_RANGE_UNSPECIFIED;
  vui.bEnableChromaLocInfoPresentFlag =
      format.chroma_location != AVCHROMA_LOC_UNSPECIFIED && param.internalCsp == X265_CSP_I420;
  if (vui.bEnableChromaLocInfoPresentFlag)
    vui.chromaSampleLocTypeTopField = vui.chromaSampleLocTypeBottomField = format.chroma_location - 1;
}

// The largest coding unit must fit into the picture.
void limit_block_size(x265_param& param) {
  const int side = std::min(param.sourceWidth, param.sourceHeight);
  const std::uint32_t largest = side >= 64 ? 64 : side >= 32 ? 32 : 16;
  param.maxCUSize = std::min(param.maxCUSize, largest);
  param.minCUSize = std::min(param.minCUSize, param.maxCUSize);
  param.maxTUSize = std::min(param.maxTUSize, param.maxCUSize);
  // x265 3.5 writes eight blocks of its half-size picture at a time, whatever that is wide: past the end of a row of
  // fewer.
  constexpr int kNarrowestForCuTree = 128;
  if (param.sourceWidth < kNarrowestForCuTree) param.rc.cuTree = 0;
}

void set_format(x265_param& param, const StreamFormat& format) {
  param.sourceWidth = format.picture.coded_width;
  param.sourceHeight = format.picture.coded_height;
  param.sourceBitDepth = format.picture.depth;
  param.internalCsp = csp_of(format.picture.pixels);
  param.fpsNum = static_cast<std::uint32_t>(format.frame_rate.num > 0 ? format.frame_rate.num : 25);
  param.fpsDenom = static_cast<std::uint32_t>(format.frame_rate.num > 0 ? format.frame_rate.den : 1);
  param.bEmitVUITimingInfo = param.bEmitVUITimingInfo && format.constant_rate && format.frame_rate.num > 0;
  if (format.fields != FieldOrder::progressive)
    param.pictureStructure = static_cast<int>(picture_structure(format.fields));
  set_sample_aspect(param, format.sample_aspect);
  set_colour(param, format);
  limit_block_size(param);
}

Expected<void> set_pass(const x265_api& api, x265_param& param, const VideoTrack::Pass& pass) {
  if (pass.number == 0) return {};
  HEVCPOOL_CHECK(set_x265(api, param, "pass", std::to_string(pass.number)));
  return set_x265(api, param, "stats", pass.stats_file);
}

bool is_key(const x265_nal& nal) {
  return nal.type >= NAL_UNIT_CODED_SLICE_BLA_W_LP && nal.type <= 23;
}

}  // namespace

Expected<std::unique_ptr<X265Encoder>> X265Encoder::open(const StreamFormat& format,
                                                         const EncodeOptions& options,
                                                         const VideoTrack::Pass& pass) {
  HEVCPOOL_ASSIGN(const x265_api* api, x265_for(format.picture.depth));
  HEVCPOOL_ASSIGN(auto param, make_x265_param(*api, options));
  set_format(*param, format);
  HEVCPOOL_CHECK(set_pass(*api, *param, pass));
  HEVCPOOL_CHECK(apply_x265_profile(*api, *param, options));
  settle_frame_threads(*param);
  std::unique_ptr<X265Encoder> encoder(new X265Encoder(*api));
  HEVCPOOL_CHECK(encoder->start(std::move(param)));
  encoder->without_effect_ = media::without_effect(options.x265_params, *encoder->param_, *encoder->actual_);
  return encoder;
}

Expected<void> X265Encoder::start(X265ParamPtr param) {
  param_ = std::move(param);
  probe_ = profile::EncoderProbe::create();
  if (probe_ && probe_->wants_rows()) want_quality(*param_);
  if (probe_ && probe_->wants_times()) want_times(*param_);
  // x265 waits for ever for its frame thread where that could not be started.
  constexpr std::size_t kFrameThread = 24 << 20;  // stack, and what else is allocated before it
  if (!has_address_space(kFrameThread))
    return fail("encode", "ENOMEM", "the limit of memory leaves no room for an encoder");
  encoder_ = X265EncoderPtr(api_.encoder_open(param_.get()), CloseX265Encoder{&api_});
  if (!encoder_) return fail("encode", "encoder_open", "x265 refuses the parameters or the picture format");
  actual_ = X265ParamPtr(api_.param_alloc(), FreeX265Param{&api_});
  input_ = X265PicturePtr{api_.picture_alloc(), FreeX265Picture{&api_}};
  output_ = X265PicturePtr{api_.picture_alloc(), FreeX265Picture{&api_}};
  if (!actual_ || !input_ || !output_) return fail("encode", "ENOMEM", "no memory for the encoder");
  // x265 3.5 copies zones into what it takes for room for as many. They are not looked at.
  std::vector<x265_zone> zones(static_cast<std::size_t>(std::max(0, param_->rc.zoneCount)));
  actual_->rc.zones = zones.data();
  api_.encoder_parameters(encoder_.get(), actual_.get());
  actual_->rc.zones = nullptr;
  actual_->rc.zoneCount = 0;
  if (probe_) probe_->opened(shape_of(*actual_));
  api_.picture_init(actual_.get(), input_.get());
  api_.picture_init(actual_.get(), output_.get());
  // As x265 writes it into the SPS (sps_max_num_reorder_pics).
  reorder_delay_ = actual_->bBPyramid != 0 && actual_->bframes > 1 ? 2 : actual_->bframes > 0 ? 1 : 0;
  x265_nal* nals = nullptr;
  std::uint32_t count = 0;
  if (api_.encoder_headers(encoder_.get(), &nals, &count) < 0)
    return fail("encode", "encoder_open", "x265 gives no parameter sets");
  for (const auto& nal : std::span(nals, count))
    headers_.insert(headers_.end(), nal.payload, nal.payload + nal.sizeBytes);
  return {};
}

Expected<void> X265Encoder::encode(const AVFrame& picture, FieldOrder fields, const AccessUnitSink& sink) {
  x265_picture& input = *input_;
  for (int n = 0; n < 3; ++n) {
    input.planes[n] = picture.data[n];
    input.stride[n] = picture.linesize[n];
  }
  input.bitDepth = api_.bit_depth;
  input.colorSpace = actual_->internalCsp;
  if (probe_) probe_->give(frames_in_);
  input.pts = frames_in_++;
  input.sliceType = X265_TYPE_AUTO;
  input.picStruct = picture_structure(fields);
  auto given = step(&input, sink);
  if (!given) return Unexpected(given.error());
  return {};
}

Expected<void> X265Encoder::drain(const AccessUnitSink& sink) {
  for (;;) {
    HEVCPOOL_ASSIGN(const int given, step(nullptr, sink));
    if (given == 0) return {};
  }
}

// How many access units x265 gives: 0 or 1.
Expected<int> X265Encoder::call(x265_picture* input, std::span<const x265_nal>& nals) {
  const CrashContext doing(Stage::encode);
  x265_nal* first = nullptr;
  std::uint32_t count = 0;
  int given = 0;
  {
    const profile::Scope timed(profile::Stage::x265_call);
    given = api_.encoder_encode(encoder_.get(), &first, &count, input, output_.get());
  }
  nals = {first, count};
  if (given > 0)
    HEVCPOOL_PROBE4(frame_done, output_->pts, static_cast<int>(output_->frameData.sliceType), output_->frameData.bits,
                    static_cast<int>(100 * output_->frameData.qp));
  if (probe_ && given > 0) probe_->called(statistics_of(*actual_, *output_));
  else if (probe_) probe_->called();
  if (given < 0) return fail("encode", "encoder", "x265 failed to encode a picture");
  return given;
}

Expected<int> X265Encoder::step(x265_picture* input, const AccessUnitSink& sink) {
  AccessUnit unit;
  HEVCPOOL_ASSIGN(const int given, call(input, unit.nals));
  if (given == 0 || unit.nals.empty()) return given;
  unit.frame = output_->pts;
  unit.key = std::any_of(unit.nals.begin(), unit.nals.end(), is_key);
  unit.disposable = output_->sliceType == X265_TYPE_B;
  HEVCPOOL_CHECK(sink(unit));
  return given;
}

}  // namespace hevcpool::media
