// SPDX-License-Identifier: GPL-2.0-or-later
// Sources that are not what they say, targets that cannot be written, outputs that were harmed afterwards.
#include "converted.h"
#include "media/input/completeness.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>
#include <unistd.h>

namespace hevcpool::media::testing {
namespace {

using namespace hevcpool::test;
using ::testing::HasSubstr;

MadeFile noisy(const std::string& muxer) {
  MadeFile spec;
  spec.muxer = muxer;
  spec.videos[0].graph = "testsrc2=size=320x240:rate=25:duration=4,noise=alls=40:allf=t";
  if (muxer == "mp4") spec.muxer_options = {{"movflags", "faststart"}};
  return spec;
}

std::string noise(std::size_t size) {
  std::mt19937 random(1);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

TEST(DamageTest, RefusesFilesThatAreCutOff) {
  for (const std::string muxer : {"mp4", "matroska", "avi"}) {
    MadeFile spec = noisy(muxer);
    if (muxer == "avi") spec.videos[0].encoder = "mpeg4";
    const std::string whole = content(make_file(spec).get());
    const Converted result = convert(memory_file(whole.substr(0, whole.size() * 6 / 10)));
    ASSERT_FALSE(result.ok()) << muxer;
    EXPECT_EQ(result.report.error().code, "truncated") << muxer << result.problem();
    EXPECT_THAT(result.report.error().message, HasSubstr("cut off")) << muxer;
  }
}

TEST(DamageTest, TakesWhatIsThereWhenAnyDamageIsAllowed) {
  EncodeOptions options = quick();
  options.max_errors = -2;
  const std::string whole = content(make_file(noisy("matroska")).get());
  const Converted result = convert(memory_file(whole.substr(0, whole.size() * 6 / 10)), options);
  ASSERT_TRUE(result.ok()) << result.problem();
  EXPECT_TRUE(result.warned("truncated"));
  EXPECT_GT(result.report->frames, 40);
  EXPECT_LT(result.report->frames, 80);
}

TEST(DamageTest, RefusesAFilmThatIsMostlyDamaged) {
  std::string bytes = content(make_file(noisy("mp4")).get());
  const std::size_t index = bytes.rfind("mdat");
  bytes.replace(index + 4 + (bytes.size() - index) / 4, bytes.size() / 3, noise(bytes.size() / 3));
  const Converted refused = convert(memory_file(bytes));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.report.error().code, "too_much_damage") << refused.problem();
  EncodeOptions options = quick();
  options.max_damage = 99;
  const Converted taken = convert(memory_file(bytes), options);
  ASSERT_TRUE(taken.ok()) << taken.problem();
  EXPECT_GT(taken.report->damage, 5);
  EXPECT_FALSE(taken.report->incomplete);
}

TEST(DamageTest, AShareCountsWhatIsMissingFromTheFile) {
  const std::string whole = content(make_file(noisy("matroska")).get());
  EncodeOptions options = quick();
  options.max_damage = 10;
  const Converted refused = convert(memory_file(whole.substr(0, whole.size() * 6 / 10)), options);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.report.error().code, "too_much_damage") << refused.problem();
  options.max_damage = 60;
  const Converted taken = convert(memory_file(whole.substr(0, whole.size() * 6 / 10)), options);
  ASSERT_TRUE(taken.ok()) << taken.problem();
  EXPECT_TRUE(taken.report->incomplete);
  EXPECT_NEAR(taken.report->damage, 40, 15);
}

TEST(DamageTest, CountsWhatTheDecoderConceals) {
  std::string bytes = content(make_file(noisy("mp4")).get());
  ASSERT_GT(bytes.size(), 200u << 10);
  // A decoder makes something of some noise: of three places at least one is seen.
  for (const std::size_t percent : {40, 50, 60}) bytes.replace(bytes.size() * percent / 100, 2 << 10, noise(2 << 10));
  const Converted result = convert(memory_file(bytes));
  ASSERT_TRUE(result.ok()) << result.problem();
  EXPECT_TRUE(result.warned("damaged_frames"));
  EXPECT_GT(result.report->damage, 0.5);
  EXPECT_LT(result.report->damage, 5);
  EXPECT_TRUE(result.verified());
  EncodeOptions strict = quick();
  strict.max_errors = 0;
  const Converted refused = convert(memory_file(bytes), strict);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.report.error().code, "too_many_errors");
}

TEST(DamageTest, CountsWhatCannotBeDecodedBeforeTheFirstKeyFrame) {
  MadeFile spec = noisy("mpegts");
  spec.videos[0].encoder = "mpeg2video";
  const std::string whole = content(make_file(spec).get());
  const std::string late = whole.substr(188 * (whole.size() / 188 / 100));
  const Converted taken = convert(memory_file(late));
  ASSERT_TRUE(taken.ok()) << taken.problem();
  ASSERT_FALSE(taken.report->warnings.empty());
  EncodeOptions options = quick();
  options.max_errors = 0;
  const Converted refused = convert(memory_file(late), options);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.report.error().code, "too_many_errors");
}

TEST(DamageTest, RefusesAHoleInTheStructure) {
  std::string bytes = content(make_file(noisy("matroska")).get());
  ASSERT_GT(bytes.size(), 200u << 10);
  bytes.replace(bytes.size() / 2, 64 << 10, noise(64 << 10));
  const Converted result = convert(memory_file(bytes));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.report.error().code, "damaged");
}

TEST(DamageTest, RefusesWhatIsNoMediaFile) {
  for (const std::string& bytes : {std::string(), std::string("version https://git-lfs"), noise(5000)}) {
    const Converted result = convert(memory_file(bytes));
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.report.error().stage, "open");
    EXPECT_EQ(result.report.error().message.find('\n'), std::string::npos);
  }
}

TEST(DamageTest, NamesTheErrorOfAFullTarget) {
  const UniqueFd full(open("/dev/full", O_RDWR | O_CLOEXEC));
  if (!full.valid()) GTEST_SKIP() << "no /dev/full";
  const UniqueFd source = make_file({});
  TranscodeRequest request;
  request.source = source.get();
  request.target = full.get();
  request.options = quick();
  const auto result = transcode(request);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().stage, "mux");
  EXPECT_EQ(result.error().code, "ENOSPC");
}

TEST(DamageTest, LeavesTheSharedOffsetAlone) {
  const UniqueFd source = make_file({});
  const off_t before = lseek(source.get(), 17, SEEK_SET);
  Diagnostics notes;
  ASSERT_TRUE(inspect(source.get(), "", quick(), notes));
  EXPECT_EQ(lseek(source.get(), 0, SEEK_CUR), before);
}

TEST(VerifyTest, AcceptsWhatWasWritten) {
  MadeFile spec = noisy("mp4");
  spec.audios = {MadeAudio{}};
  const Converted result = convert_made(spec);
  ASSERT_TRUE(result.ok()) << result.problem();
  const auto fast = result.verified();
  ASSERT_TRUE(fast) << fast.error().message;
  EXPECT_GT(fast->frames_decoded, 8);
  EXPECT_LT(fast->frames_decoded, 100);
  const auto full = result.verified(Verify::full);
  ASSERT_TRUE(full) << full.error().message;
  EXPECT_GT(full->frames_decoded, 100);
  EXPECT_GT(full->lowest_ssim, 0.3);
  EXPECT_LT(full->lowest_ssim, 1.0);
  EXPECT_GE(full->lowest_ssim_frame, 0);
}

TEST(VerifyTest, ALosslessOutputIsEqual) {
  MadeFile spec;
  EncodeOptions options = quick();
  options.lossless = true;
  const Converted result = convert_made(spec, options);
  ASSERT_TRUE(result.ok()) << result.problem();
  const auto full = result.verified(Verify::full, options);
  ASSERT_TRUE(full) << full.error().message;
  EXPECT_DOUBLE_EQ(full->lowest_ssim, 1.0);
}

TEST(VerifyTest, FindsAnOutputThatWasCutOff) {
  for (const Container container : {Container::mp4, Container::mkv}) {
    EncodeOptions options = quick();
    options.container = container;
    Converted result = convert(make_file(noisy("mp4")), options);
    ASSERT_TRUE(result.ok()) << result.problem();
    const std::string whole = content(result.target.get());
    ASSERT_EQ(ftruncate(result.target.get(), static_cast<off_t>(whole.size() * 9 / 10)), 0);
    EXPECT_FALSE(result.verified());
  }
}

TEST(VerifyTest, FindsAnOutputWithOtherPackets) {
  Converted result = convert(make_file(noisy("mp4")));
  ASSERT_TRUE(result.ok()) << result.problem();
  ++result.report->outputs.at(0).packets;
  const auto verified = result.verified();
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, "packet_count");
}

TEST(VerifyTest, FindsAStreamThatRanAwayFromTheSource) {
  for (const std::size_t stream : {0, 1}) {
    MadeFile spec;
    spec.audios = {MadeAudio{}};
    Converted result = convert(make_file(spec));
    ASSERT_TRUE(result.ok()) << result.problem();
    auto& end = result.report->outputs.at(stream).source_end;
    ASSERT_TRUE(end);
    *end -= 0.3;
    const auto verified = result.verified();
    ASSERT_FALSE(verified);
    EXPECT_EQ(verified.error().code, "out_of_sync");
  }
}

TEST(VerifyTest, FindsAnOutputWithoutAStream) {
  Converted result = convert(make_file(noisy("mp4")));
  ASSERT_TRUE(result.ok()) << result.problem();
  StreamCount sound;
  sound.type = "audio";
  sound.codec = "aac";
  sound.packets = 3;
  result.report->outputs.push_back(sound);
  const auto verified = result.verified();
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, "stream_missing");
}

TEST(VerifyTest, FindsPicturesThatDoNotDecode) {
  Converted result = convert(make_file(noisy("mp4")));
  ASSERT_TRUE(result.ok()) << result.problem();
  const std::string whole = content(result.target.get());
  const std::size_t pictures = whole.find("mdat") + 4;
  const std::string harm(64, '\x7f');  // over the length of the first unit and its header
  ASSERT_EQ(pwrite(result.target.get(), harm.data(), harm.size(), static_cast<off_t>(pictures)),
            static_cast<ssize_t>(harm.size()));
  EXPECT_FALSE(result.verified());
}

TEST(CompletenessTest, ReadsTheSizeThatMatroskaClaims) {
  const std::string head("\x1A\x45\xDF\xA3\x82xx\x18\x53\x80\x67\x41\x00", 13);
  EXPECT_EQ(claimed_matroska_size(head), 13u + 256u);
  const std::string open("\x1A\x45\xDF\xA3\x82xx\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff", 19);
  EXPECT_EQ(claimed_matroska_size(open), std::nullopt);
  for (std::size_t size = 0; size < head.size(); ++size)
    EXPECT_EQ(claimed_matroska_size(std::string_view(head).substr(0, size)), std::nullopt) << size;
}

TEST(CompletenessTest, ReadsTheSizeThatRiffClaims) {
  EXPECT_EQ(claimed_riff_size(std::string_view("RIFF\x10\x01\x00\x00", 8)), 0x110u + 8);
  EXPECT_EQ(claimed_riff_size(std::string_view("RIFF\x00\x00\x00\x00", 8)), std::nullopt);
  EXPECT_EQ(claimed_riff_size(std::string_view("RIFF\xff\xff\xff\xff", 8)), std::nullopt);
  EXPECT_EQ(claimed_riff_size("RIFF"), std::nullopt);
}

}  // namespace
}  // namespace hevcpool::media::testing
