// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/hevc/hevc_sets.h"

#include <gtest/gtest.h>

#include <string>

namespace hevcpool::media {
namespace {

const std::string kVps("\x40\x01\x0c", 3), kSps("\x42\x01\x01", 3), kPps("\x44\x01\xc1", 3), kSlice("\x26\x01\xaf\x01", 4),
    kSei("\x4e\x01\x05", 3);

std::string prefixed(const std::string& nal) { return std::string(3, '\0') + static_cast<char>(nal.size()) + nal; }
std::string coded(const std::string& nal) { return std::string("\0\0\0\1", 4) + nal; }

// 'hvcC' with one array for each unit.
std::string header(const std::vector<std::string>& nals) {
  std::string box(22, '\0');
  box[0] = 1;
  box[21] = 3;
  box += static_cast<char>(nals.size());
  for (const std::string& nal : nals) {
    box += static_cast<char>((nal[0] >> 1) & 0x3f);
    box += std::string("\0\1\0", 3) + static_cast<char>(nal.size()) + nal;
  }
  return box;
}

CodecParametersPtr parameters(const std::string& extradata) {
  CodecParametersPtr codec(avcodec_parameters_alloc());
  codec->extradata = static_cast<std::uint8_t*>(av_mallocz(extradata.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  std::copy(extradata.begin(), extradata.end(), codec->extradata);
  codec->extradata_size = static_cast<int>(extradata.size());
  return codec;
}

PacketPtr sample(const std::string& data) {
  PacketPtr packet(av_packet_alloc());
  EXPECT_EQ(av_new_packet(packet.get(), static_cast<int>(data.size())), 0);
  std::copy(data.begin(), data.end(), packet->data);
  return packet;
}

std::string data_of(const AVPacket& packet) {
  return {reinterpret_cast<const char*>(packet.data), static_cast<std::size_t>(packet.size)};
}

TEST(HevcSetsTest, TakesTheHeadersSetsOutOfASample) {
  const HevcSets sets(*parameters(header({kVps, kSps, kPps})));
  const auto packet = sample(prefixed(kVps) + prefixed(kSps) + prefixed(kPps) + prefixed(kSlice));
  EXPECT_TRUE(sets.take_out_of(*packet).value());
  EXPECT_EQ(data_of(*packet), prefixed(kSlice));
}

TEST(HevcSetsTest, ReadsStartCodes) {
  const HevcSets sets(*parameters(coded(kVps) + coded(kSps) + coded(kPps)));
  const auto packet = sample(coded(kSps) + coded(kSlice));
  EXPECT_TRUE(sets.take_out_of(*packet).value());
  EXPECT_EQ(data_of(*packet), coded(kSlice));
}

TEST(HevcSetsTest, KeepsWhatTheHeaderHasNot) {
  const HevcSets sets(*parameters(header({kVps, kSps})));
  const std::string data = prefixed(kVps) + prefixed(kPps) + prefixed(kSlice);
  const auto packet = sample(data);
  EXPECT_FALSE(sets.take_out_of(*packet).value());
  EXPECT_EQ(data_of(*packet), data);
}

TEST(HevcSetsTest, SignsTheHeader) {
  const auto codec = parameters(header({kVps, kSei}));
  const HevcSets sets(*codec);
  ASSERT_TRUE(sets.describe(*codec, true));
  EXPECT_EQ(codec->extradata[23], 0x80 | 32);
  EXPECT_EQ(codec->extradata[23 + 5 + kVps.size()], 39);  // there may be more of them
  ASSERT_TRUE(sets.describe(*codec, false));
  EXPECT_EQ(codec->extradata[23], 32);
}

TEST(HevcSetsTest, AnEmptyHeaderLearnsFromTheFirstSample) {
  const auto codec = parameters(header({}));
  HevcSets sets(*codec);
  const auto first = sample(prefixed(kVps) + prefixed(kSps) + prefixed(kPps) + prefixed(kSlice));
  sets.learn(*first);
  ASSERT_TRUE(sets.describe(*codec, true));
  const HevcSets again(*codec);
  EXPECT_TRUE(again.take_out_of(*first).value());
  EXPECT_EQ(data_of(*first), prefixed(kSlice));
  EXPECT_EQ(codec->extradata[22], 3);
}

}  // namespace
}  // namespace hevcpool::media
