// SPDX-License-Identifier: GPL-2.0-or-later
// Encrypted tracks: refused where they are the picture, named where they lie beside it, by every task.
#include "media/extract/audio_extract.h"
#include "media/clip/clip.h"
#include "media/frames/frames.h"
#include "media/still/image.h"
#include "media/probe/probe.h"
#include "media/still/thumbnail.h"

#include "converted.h"

#include <gmock/gmock.h>

namespace hevcpool::media::testing {
namespace {

using namespace hevcpool::test;
using ::testing::HasSubstr;

MadeFile film_with_sound(const std::string& muxer = "mp4") {
  MadeFile spec;
  spec.muxer = muxer;
  spec.audios = {MadeAudio{}};
  return spec;
}

MadeFile encrypted() {
  MadeFile spec = film_with_sound();
  spec.muxer_options = {{"encryption_scheme", "cenc-aes-ctr"},
                        {"encryption_key", "00112233445566778899aabbccddeeff"},
                        {"encryption_kid", "0123456789abcdef0123456789abcdef"}};
  return spec;
}

// The first place of `from` becomes `to`, of the same length.
std::string with(std::string bytes, const std::string& from, const std::string& to) {
  const auto place = bytes.find(from);
  EXPECT_NE(place, bytes.npos);
  return bytes.replace(place, to.size(), to);
}

// A transport stream whose packets of the first picture's PID are flagged as scrambled, from a packet on.
std::string scrambled(std::string bytes, std::size_t first) {
  constexpr std::size_t kPacket = 188;
  constexpr int kPictures = 0x100;
  for (std::size_t n = first * kPacket; n + kPacket <= bytes.size(); n += kPacket) {
    const int pid = (static_cast<unsigned char>(bytes[n + 1]) & 0x1f) << 8 | static_cast<unsigned char>(bytes[n + 2]);
    if (pid != kPictures) continue;
    bytes[n + 3] = static_cast<char>(bytes[n + 3] | 0x80);
    for (std::size_t byte = 4; byte < kPacket; ++byte) bytes[n + byte] = static_cast<char>(bytes[n + byte] ^ 0x5a);
  }
  return bytes;
}

template <class Report>
void expect_refused(const Expected<Report>& report, const std::string& scheme) {
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, "encrypted") << report.error().message;
  EXPECT_THAT(report.error().message, HasSubstr(scheme));
}

TEST(EncryptionTest, EncodingRefusesAnEncryptedPicture) {
  const Converted result = convert_made(encrypted());
  expect_refused(result.report, "cenc");
  Diagnostics notes;
  expect_refused(inspect(result.source.get(), "a.mp4", quick(), notes), "cenc");
}

TEST(EncryptionTest, SoDoesEveryOtherTask) {
  const UniqueFd source = make_file(encrypted()), target = memory_file();
  for (const ClipMode mode : {ClipMode::copy, ClipMode::exact, ClipMode::smart})
    expect_refused(cut_clip({.source = source.get(), .target = target.get(), .name = "a.mp4", .output_name = "b.mp4",
                             .options = {.duration = 0.5, .mode = mode}}), "cenc");
  Thumbnail picture;
  picture.picture.format = StillFormat::png;
  expect_refused(thumbnail({.source = source.get(), .name = "a.mp4", .options = picture, .targets = {target.get()}}), "cenc");
  expect_refused(convert_image({.source = source.get(), .name = "a.mp4", .options = {}, .target = target.get()}), "cenc");
  expect_refused(extract_audio({.source = source.get(), .options = {}, .targets = {target.get()}}), "cenc");
  expect_refused(extract_audio({.source = source.get(), .options = {.codec = "flac"}, .targets = {target.get()}}), "cenc");
}

TEST(EncryptionTest, ProbingNamesTheScheme) {
  const UniqueFd source = make_file(encrypted()), clear = make_file(film_with_sound());
  EXPECT_THAT(probe({.source = source.get(), .name = "a.mp4"}).value(), HasSubstr("\"encryption\":\"cenc\""));
  const std::string text = probe({.source = clear.get(), .name = "a.mp4"}).value();
  EXPECT_EQ(text.find("encryption"), text.npos);
}

TEST(EncryptionTest, TheSchemeIsTheFilesOwn) {
  const std::string bytes = with(content(make_file(encrypted()).get()), "cenc", "cbcs");
  expect_refused(convert(memory_file(bytes)).report, "cbcs");
}

TEST(EncryptionTest, EncryptedSoundBesideAClearPictureIsNamed) {
  const std::string bytes = with(content(make_file(film_with_sound()).get()), "mp4a", "enca");
  const Converted result = convert(memory_file(bytes));
  ASSERT_TRUE(result.ok()) << result.problem();
  EXPECT_TRUE(result.warned("dropped", "encrypted"));
  EXPECT_TRUE(result.report->incomplete);
  EXPECT_TRUE(result.after.of("audio").empty());
  EncodeOptions strict = quick();
  strict.strict = true;
  EXPECT_FALSE(convert(memory_file(bytes), strict).ok());
}

TEST(EncryptionTest, NorIsItCopiedIntoAClip) {
  const UniqueFd source = memory_file(with(content(make_file(film_with_sound()).get()), "mp4a", "enca"));
  const UniqueFd target = memory_file();
  const auto report = cut_clip({.source = source.get(), .target = target.get(), .name = "a.mp4", .output_name = "b.mp4",
                                .options = {.duration = 0.5}});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(read_file(target.get()).of("audio").empty());
  ASSERT_FALSE(report->warnings.empty());
  EXPECT_THAT(report->warnings.front().message, HasSubstr("encrypted"));
}

TEST(EncryptionTest, AScrambledTransportStreamIsRefused) {
  MadeFile spec = film_with_sound("mpegts");
  spec.videos[0].encoder = "mpeg2video";
  const std::string bytes = content(make_file(spec).get());
  ASSERT_GT(bytes.size(), 188u * 60);
  EXPECT_TRUE(convert(memory_file(bytes)).ok());
  expect_refused(convert(memory_file(scrambled(bytes, 0))).report, "scrambled");
  expect_refused(convert(memory_file(scrambled(bytes, 20))).report, "scrambled");  // clear at its beginning
}

}  // namespace
}  // namespace hevcpool::media::testing
