// SPDX-License-Identifier: GPL-2.0-or-later
// Owning handles for libav, swscale and swresample objects, and libav error codes as Error.
// Every handle is made on the line that acquires its object.
#pragma once

#include "base/error.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavfilter/avfilter.h>
#include <libavformat/avformat.h>
#include <libavutil/frame.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
}

#include <memory>
#include <string>
#include <string_view>

namespace hevcpool::media {

inline constexpr AVRational kMicroseconds{1, AV_TIME_BASE}, kNanoseconds{1, 1'000'000'000};  // time bases
// The times of callers are decimal, the ticks of a time base are not: half a millisecond.
inline constexpr std::int64_t kTimeRounding = AV_TIME_BASE / 2000;
inline constexpr int kDeepestReordering = 16;  // frames, by the standards of H.264 and HEVC

// Of the shape of a pixel, a rate, a time base.
inline bool is_known(AVRational ratio) { return ratio.num > 0 && ratio.den > 0; }

template <auto Free>
struct FreeByAddress {  // for the functions that take T** and null it
  template <class T>
  void operator()(T* object) const { Free(&object); }
};
template <auto Free>
struct FreeByPointer {
  template <class T>
  void operator()(T* object) const { Free(object); }
};

using PacketPtr = std::unique_ptr<AVPacket, FreeByAddress<av_packet_free>>;
using FramePtr = std::unique_ptr<AVFrame, FreeByAddress<av_frame_free>>;
using CodecContextPtr = std::unique_ptr<AVCodecContext, FreeByAddress<avcodec_free_context>>;
using CodecParametersPtr = std::unique_ptr<AVCodecParameters, FreeByAddress<avcodec_parameters_free>>;
using InputContextPtr = std::unique_ptr<AVFormatContext, FreeByAddress<avformat_close_input>>;
using OutputContextPtr = std::unique_ptr<AVFormatContext, FreeByPointer<avformat_free_context>>;
using BitstreamFilterPtr = std::unique_ptr<AVBSFContext, FreeByAddress<av_bsf_free>>;
using FilterGraphPtr = std::unique_ptr<AVFilterGraph, FreeByAddress<avfilter_graph_free>>;
using ScalerPtr = std::unique_ptr<SwsContext, FreeByPointer<sws_freeContext>>;
using ResamplerPtr = std::unique_ptr<SwrContext, FreeByAddress<swr_free>>;
using BufferPtr = std::unique_ptr<AVBufferRef, FreeByAddress<av_buffer_unref>>;
using DictionaryPtr = std::unique_ptr<AVDictionary, FreeByAddress<av_dict_free>>;

// libav's sentence for an AVERROR.
std::string av_message(int averror);
// The failing return value for a libav call: code is "EIO", "invalid_data" and the like.
[[nodiscard]] Unexpected fail_av(std::string_view stage, std::string_view what, int averror);

}  // namespace hevcpool::media
