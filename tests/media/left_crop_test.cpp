// SPDX-License-Identifier: GPL-2.0-or-later
// A stream may hide columns at its left; the first pixel shown then lies wherever it does.
#include "converted.h"
#include "media/frames/frames.h"

extern "C" {
#include <libavutil/opt.h>
}

#include <algorithm>
#include <gtest/gtest.h>
#include <stdexcept>

namespace hevcpool::media::testing {
namespace {

using namespace hevcpool::test;

// The pictures of a raw H.264 stream with so many columns hidden.
std::string cropped(const UniqueFd& stream, const char* left) {
  AVBSFContext* made = nullptr;
  if (av_bsf_alloc(av_bsf_get_by_name("h264_metadata"), &made) < 0) throw std::runtime_error("bsf");
  const BitstreamFilterPtr bsf(made);
  bsf->par_in->codec_id = AV_CODEC_ID_H264;
  av_opt_set(bsf->priv_data, "crop_left", left, 0);
  if (av_bsf_init(bsf.get()) < 0) throw std::runtime_error("bsf");
  std::string out;
  const PacketPtr packet(av_packet_alloc());
  const FoundFile file = read_file(stream.get());
  for (const FoundPacket& found : file.streams.at(0).packets) {
    if (av_new_packet(packet.get(), static_cast<int>(found.data.size())) < 0) throw std::runtime_error("packet");
    std::ranges::copy(found.data, packet->data);
    if (av_bsf_send_packet(bsf.get(), packet.get()) < 0) throw std::runtime_error("bsf");
    while (av_bsf_receive_packet(bsf.get(), packet.get()) >= 0) {
      out.append(reinterpret_cast<const char*>(packet->data), static_cast<std::size_t>(packet->size));
      av_packet_unref(packet.get());
    }
  }
  return out;
}

// The columns from `x` on, as frames of gray values.
std::vector<std::string> luma(int fd, int x) {
  std::vector<std::string> frames;
  const auto visit = [&](const FrameView& frame) {
    std::string& rows = frames.emplace_back();
    for (int y = 0; y < frame.heights[0]; ++y)
      rows.append(reinterpret_cast<const char*>(frame.planes[0]) + std::ptrdiff_t{y} * frame.strides[0] + x,
                  static_cast<std::size_t>(frame.widths[0] - x));
    return true;
  };
  if (!visit_frames(fd, {}, {}, visit)) throw std::runtime_error("frames");
  return frames;
}

TEST(LeftCropTest, ShowsExactlyTheColumnsThatAreShown) {
  MadeFile spec;
  spec.muxer = "h264";
  spec.videos[0].graph = "testsrc2=size=160x96:rate=25:duration=0.4";
  const UniqueFd whole = make_file(spec);
  EncodeOptions options = quick();
  options.lossless = true;
  for (const char* left : {"2", "6", "10"}) {
    const Converted result = convert(memory_file(cropped(whole, left)), options);
    ASSERT_TRUE(result.ok()) << result.problem();
    EXPECT_EQ(result.after.of("video").at(0)->width, 160 - std::stoi(left));
    EXPECT_EQ(luma(result.target.get(), 0), luma(whole.get(), std::stoi(left)));
  }
}

}  // namespace
}  // namespace hevcpool::media::testing
