// SPDX-License-Identifier: GPL-2.0-or-later
// Codecs by names that libav does not know, and what is made of packets that players of the output would not know.
#include "media/containers/boxed_webvtt.h"
#include "media/converted.h"
#include "media/containers/mp4_boxes.h"
#include "media/containers/named_codecs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace hevcpool::media::testing {
namespace {

using namespace hevcpool::test;

std::string big_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) text.push_back(static_cast<char>(value >> shift & 0xff));
  return text;
}

std::string box(const std::string& type, const std::string& inside) {
  return big_endian(8 + inside.size(), 4) + type + inside;
}

std::string track(std::uint32_t id, const std::string& entry, int version, const std::string& config,
                  const std::string& language) {
  const std::string head = std::string(8, '\0') + big_endian(static_cast<std::uint64_t>(version), 2) +
                           std::string(version == 0 ? 18 : 34, '\0');
  const std::string table = box("stsd", big_endian(0, 4) + big_endian(1, 4) + box(entry, head + config));
  const std::string elng = language.empty() ? "" : box("elng", big_endian(0, 4) + language + '\0');
  return box("trak", box("tkhd", std::string(12, '\0') + big_endian(id, 4) + std::string(64, '\0')) +
                         box("mdia", elng + box("minf", box("stbl", table))));
}

std::string pcm(bool little, int bits) {
  return box("pcmC", big_endian(0, 4) + big_endian(little, 1) + big_endian(static_cast<std::uint64_t>(bits), 1));
}

std::string film() {
  return box("ftyp", "isom") + box("mdat", std::string(100, 'm')) +
         box("moov", track(1, "avc1", 0, "", "") + track(7, "fpcm", 0, box("chnl", "xxxx") + pcm(true, 32), "pt-BR") +
                         track(9, "ipcm", 1, pcm(false, 24), ""));
}

TEST(Mp4BoxesTest, ReadsPcmAndLanguages) {
  const auto tracks = read_mp4_tracks(memory_file(film()).get());
  ASSERT_EQ(tracks.size(), 3u);
  EXPECT_EQ(tracks[1].id, 7u);
  EXPECT_EQ(tracks[1].entry, "fpcm");
  EXPECT_EQ(tracks[1].language, "pt-BR");
  EXPECT_EQ(tracks[1].pcm_bits, 32);
  EXPECT_TRUE(tracks[1].pcm_little_endian);
  EXPECT_EQ(tracks[2].pcm_bits, 24);
  EXPECT_FALSE(tracks[2].pcm_little_endian);
  EXPECT_EQ(tracks[2].language, "");
}

TEST(Mp4BoxesTest, SurvivesDamage) {
  const std::string whole = film();
  std::mt19937 random(3);
  for (int run = 0; run < 2000; ++run) {
    std::string bytes = whole.substr(0, 1 + random() % whole.size());
    for (int n = 0; n < 3; ++n) bytes[random() % bytes.size()] = static_cast<char>(random());
    EXPECT_LE(read_mp4_tracks(memory_file(bytes).get()).size(), 10u);
  }
}

std::vector<std::string> cues(const std::string& sample) {
  PacketPtr packet(av_packet_alloc());
  av_new_packet(packet.get(), static_cast<int>(sample.size()));
  std::ranges::copy(sample, packet->data);
  packet->pts = 40;
  const auto found = unbox_webvtt(*packet);
  std::vector<std::string> texts;
  for (const PacketPtr& cue : *found) {
    std::string text(reinterpret_cast<const char*>(cue->data), static_cast<std::size_t>(cue->size));
    std::size_t size = 0;
    if (const auto* settings = av_packet_get_side_data(cue.get(), AV_PKT_DATA_WEBVTT_SETTINGS, &size))
      text += " [" + std::string(reinterpret_cast<const char*>(settings), size) + "]";
    EXPECT_EQ(cue->pts, 40);
    texts.push_back(text);
  }
  return texts;
}

TEST(BoxedWebVttTest, GivesEachCueWithItsSettings) {
  const std::string first = box("vttc", box("iden", "1") + box("sttg", "line:10%") + box("payl", "one"));
  const std::string second = box("vttc", box("payl", "two"));
  EXPECT_THAT(cues(first + second), ::testing::ElementsAre("one [line:10%]", "two"));
  EXPECT_TRUE(cues(box("vtte", "")).empty());
  EXPECT_TRUE(cues(first.substr(0, 20)).empty());
}

TEST(NamedCodecsTest, LatmIsNoCodecOfMatroska) {
  MadeFile spec;
  spec.muxer = "mpegts";
  spec.muxer_options = {{"mpegts_flags", "latm"}};
  spec.audios = {MadeAudio{}};
  EncodeOptions options = quick();
  options.container = Container::mkv;
  const Converted result = convert_made(spec, options);
  ASSERT_TRUE(result.ok()) << result.problem();
  ASSERT_EQ(result.before.of("audio").at(0)->codec, "aac_latm");
  EXPECT_NE(result.after.of("audio").at(0)->codec, "aac_latm");
}

}  // namespace
}  // namespace hevcpool::media::testing
