// SPDX-License-Identifier: GPL-2.0-or-later
// The picture of a moment must be the one on screen: that which `ffmpeg -ss T -i F -frames:v 1` makes, where T is the time
// of that frame, no later than the moment. In transport and programme
// streams, which have no index, that command shows the key frame after T; there `-vf select=gte(t,T)`, which decodes
// everything up to T, is the measure. Known difference: in a stream that begins in the middle of a group of pictures
// ours is the first clean frame, ffmpeg's one with its references missing.
#include "base/unique_fd.h"
#include "media/real_clips.h"
#include "media/still/thumbnail.h"

#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>

namespace hevcpool::media {
namespace {

namespace fs = std::filesystem;

class ThumbnailFfmpegTest : public testing::TestWithParam<fs::path> {
 protected:
  void SetUp() override {
    std::string pattern = fs::temp_directory_path() / "hevcpool-thumbnail-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  void TearDown() override { fs::remove_all(folder_); }

  Expected<ThumbnailReport> ours(const std::string& at) {
    const UniqueFd source(::open(GetParam().c_str(), O_RDONLY | O_CLOEXEC));
    const UniqueFd target(::open((folder_ / "ours.png").c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    ThumbnailRequest request{.source = source.get(), .name = GetParam().string(), .targets = {target.get()}};
    request.options.at = {at};
    request.options.picture.format = StillFormat::png;
    request.options.picture.tone_map = false;  // ffmpeg does none unless told
    return thumbnail(request);
  }
  bool theirs(const std::string& at) {
    const fs::path out = folder_ / "theirs.png";
    const std::string input = " -i " + quoted(GetParam());
    const std::string decode = " -copyts" + input + " -vf 'select=gte(t\\," + std::to_string(std::stod(at) + start()) + ")'";
    output_of("timeout 60 ffmpeg -v quiet -y" + (has_index() ? " -ss " + at + input : decode) + " -frames:v 1 " +
              quoted(out) + " 2>&1");
    return fs::exists(out) && fs::file_size(out) > 0;
  }
  bool has_index() { return format_field("format_name").rfind("mpeg", 0) != 0; }
  // Theirs is brought to our size: ours has square pixels.
  double ssim() {
    const std::string log = output_of("ffmpeg -hide_banner -i " + quoted(folder_ / "ours.png") + " -i " +
                                      quoted(folder_ / "theirs.png") +
                                      " -lavfi '[1][0]scale2ref[t][o];[o]format=yuv420p[a];[t]format=yuv420p[b];[a][b]ssim' -f null - 2>&1");
    const auto place = log.find("All:");
    return place == std::string::npos ? 0 : std::stod(log.substr(place + 4));
  }
  std::string format_field(const std::string& name) {
    return output_of("ffprobe -v quiet -show_entries format=" + name + " -of csv=p=0 -i " + quoted(GetParam()));
  }
  double format_number(const std::string& name) {
    const std::string text = format_field(name);
    return text.empty() || !std::isdigit(static_cast<unsigned char>(text[0])) ? 0 : std::stod(text);
  }
  double duration() { return format_number("duration"); }
  double start() { return format_number("start_time"); }
  // When the first picture that decodes by itself is shown, from the file's start.
  double first_picture() {
    const std::string packets = output_of("ffprobe -v quiet -select_streams v:0 -show_entries packet=pts_time,flags -of csv=p=0 -i " +
                                          quoted(GetParam()) + " | grep -m 1 ',K'");
    return packets.empty() || !std::isdigit(static_cast<unsigned char>(packets[0])) ? 0 : std::stod(packets) - start();
  }

  fs::path folder_;
};

TEST_P(ThumbnailFfmpegTest, IsTheSamePicture) {
  const std::string at = std::to_string(duration() * 0.4);
  const auto report = ours(at);
  const double shown = report && report->pictures[0].seconds >= 0 ? report->pictures[0].seconds : std::stod(at);
  EXPECT_LE(shown, std::max({std::stod(at), 0.5, first_picture()}) + 0.001);
  const bool readable = theirs(std::to_string(std::max(shown - 0.0002, 0.0)));
  if (!readable) GTEST_SKIP() << "ffmpeg has no picture; we " << (report ? "have one" : report.error().message);
  ASSERT_TRUE(report) << report.error().message;
  if (GetParam().filename() == "dvb_1080i_3xeac3_2xdvbsub.ts") GTEST_SKIP() << "begins without a key frame";
  EXPECT_GT(ssim(), 0.98) << "at " << at << " shows " << report->pictures[0].seconds;
}

INSTANTIATE_TEST_SUITE_P(Clips, ThumbnailFfmpegTest, testing::ValuesIn(clips()), case_name);

}  // namespace
}  // namespace hevcpool::media
