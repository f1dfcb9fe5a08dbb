// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/input/input_file.h"

#include "base/crash_context.h"
#include "media/libav/encryption.h"
#include "media/containers/matroska_chapters.h"
#include "media/containers/matroska_picture.h"
#include "media/containers/matroska_source.h"
#include "media/containers/mp4_boxes.h"
#include "media/containers/named_codecs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <span>
#include <string_view>

namespace hevcpool::media {
namespace {

// Announced, but nothing of it was met that says how to decode it.
bool is_unknown(const AVStream& stream) {
  const AVCodecParameters& codec = *stream.codecpar;
  if (avcodec_find_decoder(codec.codec_id) == nullptr) return false;
  if (codec.codec_type == AVMEDIA_TYPE_AUDIO) return codec.sample_rate <= 0 || codec.ch_layout.nb_channels <= 0;
  return codec.codec_type == AVMEDIA_TYPE_VIDEO && codec.width <= 0;
}

std::span<AVStream*> streams(AVFormatContext& format) { return {format.streams, format.nb_streams}; }

constexpr std::size_t kSignatureSize = 64;

// The first bytes of a file; fewer where it is shorter, none where it cannot be read. They stay in the buffer.
std::string beginning_of(AVIOContext& io) {
  std::array<unsigned char, kSignatureSize> head;
  const int size = std::max(0, avio_read(&io, head.data(), static_cast<int>(head.size())));
  avio_seek(&io, 0, SEEK_SET);
  return {head.begin(), head.begin() + size};
}

// The brand of a file of the ISO base media format, whose first box is of an ordinary size; empty for every other.
std::string_view iso_brand(std::string_view head) {
  using namespace std::string_view_literals;
  const bool begins = head.size() >= 16 && head.starts_with("\0\0\0"sv) && head[3] >= 16 && head.substr(4, 4) == "ftyp";
  return begins ? head.substr(8, 4) : std::string_view{};
}

template <std::size_t N>
bool is_one_of(std::string_view brand, const std::array<std::string_view, N>& brands) {
  return std::ranges::find(brands, brand) != brands.end();
}

// By the brand at its beginning. (AVIF, its cousin, is read.)
bool is_heif(std::string_view head) {
  constexpr std::array<std::string_view, 6> kBrands{"heic", "heix", "heim", "heis", "mif1", "msf1"};
  return is_one_of(iso_brand(head), kBrands);
}

// The demuxer of a file whose first bytes leave no choice, as libav's mov_probe and matroska_probe are certain of
// them; null for all others. To ask every demuxer there is takes longer than to read the header.
const AVInputFormat* format_by_signature(std::string_view head) {
  constexpr std::array<std::string_view, 3> kPictures{"jp2 ", "jpx ", "jxl "};
  if (const auto brand = iso_brand(head); !brand.empty() && !is_one_of(brand, kPictures)) return av_find_input_format("mov");
  if (!head.starts_with("\x1a\x45\xdf\xa3")) return nullptr;
  const bool named = head.find("matroska") != head.npos || head.find("webm") != head.npos;
  return named ? av_find_input_format("matroska") : nullptr;
}

constexpr int kMostPacketsForStarts = 64;

bool is_cover(const AVStream& stream) { return stream.disposition & AV_DISPOSITION_ATTACHED_PIC; }

bool is_mov(const AVFormatContext& format) { return std::string_view(format.iformat->name).starts_with("mov,"); }

// In boxes of MP4 a duration of all ones is one that is not known.
bool is_all_ones(std::int64_t duration) { return duration < 0 || duration == std::int64_t{UINT32_MAX}; }

// The same of the whole film, which libav gives in microseconds: all ones in some whole number of ticks per second,
// and far more than any of its tracks has.
bool is_all_ones_in_some_clock(std::int64_t microseconds) {
  const double ticks_per_second = static_cast<double>(UINT32_MAX) * AV_TIME_BASE / static_cast<double>(microseconds);
  return std::abs(ticks_per_second - std::round(ticks_per_second)) < 1e-3 && std::round(ticks_per_second) >= 1;
}

// By the index of its samples, the last of which lasts as long as the one before; AV_NOPTS_VALUE without one.
std::int64_t indexed_duration(AVStream& stream) {
  const int count = avformat_index_get_entries_count(&stream);
  if (count < 2) return AV_NOPTS_VALUE;
  const auto time = [&](int entry) { return avformat_index_get_entry(&stream, entry)->timestamp; };
  return 2 * time(count - 1) - time(count - 2) - time(0);
}

void forget_unknown_durations(AVFormatContext& format) {
  std::int64_t longest = 0;
  for (AVStream* stream : streams(format)) {
    if (stream->duration == AV_NOPTS_VALUE) continue;
    if (is_all_ones(stream->duration)) {
      stream->duration = indexed_duration(*stream);
      stream->avg_frame_rate = {0, 1};  // was divided by it
    }
    longest = std::max(longest, av_rescale_q(std::max<std::int64_t>(0, stream->duration), stream->time_base, {1, AV_TIME_BASE}));
  }
  if (format.duration == AV_NOPTS_VALUE) return;
  const bool far_longer = format.duration > longest + AV_TIME_BASE;
  if (format.duration <= 0 || (far_longer && is_all_ones_in_some_clock(format.duration))) format.duration = AV_NOPTS_VALUE;
}

// The longest of the streams, where libav does not take the film's from the header of an MP4 (mvhd; since FFmpeg 7) and
// has not looked into the streams.
void complete_duration(AVFormatContext& format) {
  if (format.duration != AV_NOPTS_VALUE) return;
  for (const AVStream* stream : streams(format))
    if (stream->duration > 0)
      format.duration = std::max(format.duration, av_rescale_q(stream->duration, stream->time_base, {1, AV_TIME_BASE}));
}

// Only with sound beside it: the times of text and data may shift the file's time 0, in ways that depend on how far
// libav read.
bool header_says_all(AVFormatContext& format) {
  const std::string_view name = format.iformat->name;
  if (!is_mov(format) && !name.starts_with("matroska,")) return false;
  if (format.duration <= 0 || format.ctx_flags & AVFMTCTX_NOHEADER) return false;
  int videos = 0;
  for (const AVStream* stream : streams(format)) {
    const AVCodecParameters& codec = *stream->codecpar;
    if (codec.codec_type == AVMEDIA_TYPE_AUDIO) continue;
    if (codec.codec_type != AVMEDIA_TYPE_VIDEO || is_cover(*stream)) return false;
    if (codec.codec_id == AV_CODEC_ID_NONE || codec.width <= 0 || codec.height <= 0) return false;
    ++videos;
  }
  return videos == 1;
}

// Reads until each stream has begun, and sets the time at which the first does, as libav would.
bool find_start(AVFormatContext& format) {
  const auto begun = [](const AVStream* stream) { return stream->start_time != AV_NOPTS_VALUE; };
  const PacketPtr packet(av_packet_alloc());
  for (int i = 0; i < kMostPacketsForStarts && packet && !std::ranges::all_of(streams(format), begun); ++i) {
    if (av_read_frame(&format, packet.get()) < 0) return false;
    av_packet_unref(packet.get());
  }
  if (!std::ranges::all_of(streams(format), begun)) return false;
  std::int64_t first = INT64_MAX;
  for (const AVStream* stream : streams(format))
    first = std::min(first, av_rescale_q(stream->start_time, stream->time_base, {1, AV_TIME_BASE}));
  format.start_time = first;
  return true;
}

// The first presentation time of each stream among the first packets.
std::vector<std::int64_t> first_times(AVFormatContext& format) {
  std::vector<std::int64_t> first(format.nb_streams, AV_NOPTS_VALUE);
  const PacketPtr packet(av_packet_alloc());
  for (int i = 0; i < kMostPacketsForStarts && packet; ++i) {
    if (av_read_frame(&format, packet.get()) < 0) break;
    const auto index = static_cast<std::size_t>(packet->stream_index);
    if (index < first.size() && packet->pts != AV_NOPTS_VALUE)
      first[index] = first[index] == AV_NOPTS_VALUE ? packet->pts : std::min(first[index], packet->pts);
    av_packet_unref(packet.get());
  }
  return first;
}

// A film whose format has times, and of which libav found no start: it is too short for the order of its frames to show.
bool lacks_start(const AVFormatContext& format, const AVStream& stream) {
  return stream.start_time == AV_NOPTS_VALUE && (format.iformat->flags & AVFMT_NOTIMESTAMPS) == 0 &&
         stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !is_cover(stream);
}

// Frames that come in another order than they are shown in are told apart by their times; the decoder must not think
// that it can already give one, and pass over another.
void expect_any_order(AVFormatContext& format) {
  constexpr int kMostDelay = 16;
  for (AVStream* stream : streams(format))
    if (stream->codecpar->codec_id == AV_CODEC_ID_H264) stream->codecpar->video_delay = kMostDelay;
}

// Values of which libav wants all or none.
void complete_hdr(const InputFile& file) {
  if (!is_matroska(file.format())) return;
  for (AVStream* stream : file.streams_of(AVMEDIA_TYPE_VIDEO)) {
    const MatroskaSource* source = file.matroska();
    const Element* track = source == nullptr ? nullptr : source->track(stream->index);
    if (track != nullptr) add_hdr_values(*track, *stream);
  }
}

}  // namespace

Expected<InputFile> InputFile::open_header(int fd, const std::string& name) {
  HEVCPOOL_ASSIGN(auto io, FdIo::create(fd, FdIo::Mode::read));
  AVFormatContext* context = avformat_alloc_context();
  if (!context) return fail_av("open", "allocate", AVERROR(ENOMEM));
  context->pb = io->context();
  refuse_other_files(*context);
  AVDictionary* options = nullptr;
  av_dict_set(&options, "scan_all_pmts", "1", 0);  // every programme of a transport stream, as ffprobe does
  const std::string head = beginning_of(*io->context());
  const AVInputFormat* known = format_by_signature(head);
  const int opened = avformat_open_input(&context, name.c_str(), known, &options);  // frees the context on failure
  const DictionaryPtr unused(options);
  if (opened == AVERROR_INVALIDDATA && is_heif(head))
    return fail("open", "unsupported",
                fmt::format("a HEIF picture, which libav reads from FFmpeg 6.1 on; this is {}", av_version_info()));
  if (const std::string scheme = opened < 0 && known ? mp4_encryption(fd) : ""; !scheme.empty())
    return fail("open", "encrypted", fmt::format("the file is encrypted ({})", scheme));
  if (opened < 0) return io->failure("open", "not readable as media", opened);
  if (known) context->probe_score = AVPROBE_SCORE_MAX;
  if (is_mov(*context)) forget_unknown_durations(*context);
  InputFile file(fd, std::move(io), InputContextPtr(context));
  HEVCPOOL_CHECK(file.complete());
  return file;
}

// What libav does not know of the streams, and the chapters of one edition: libav has those of all in one list.
Expected<void> InputFile::complete() {
  name_mp4_codecs(io_->fd(), *format_);
  if (!is_matroska(*format_)) return {};
  const auto unnamed = [](const AVStream* stream) { return stream->codecpar->codec_id == AV_CODEC_ID_NONE; };
  if (std::ranges::any_of(streams(*format_), unnamed) && matroska() != nullptr)
    for (AVStream* stream : streams(*format_))
      if (unnamed(stream) && matroska()->is_webvtt(stream->index)) stream->codecpar->codec_id = AV_CODEC_ID_SUBRIP;
  if (format_->nb_chapters == 0 || matroska() == nullptr) return {};
  return use_default_edition(matroska()->editions, *format_);
}

std::string InputFile::language(int stream) const {
  if (matroska() != nullptr) return matroska()->language(stream);
  if (!std::string_view(format_->iformat->name).starts_with("mov")) return {};
  for (const Mp4Track& track : read_mp4_tracks(io_->fd()))
    if (track.id == static_cast<std::uint32_t>(format_->streams[stream]->id)) return track.language;
  return {};
}

Expected<InputFile> InputFile::open_as_stated(int fd, const std::string& name) {
  const CrashContext doing(Stage::open);
  HEVCPOOL_ASSIGN(InputFile file, open_header(fd, name));
  HEVCPOOL_CHECK(file.find_streams());
  return file;
}

Expected<InputFile> InputFile::open(int fd, const std::string& name) {
  HEVCPOOL_ASSIGN(InputFile file, open_as_stated(fd, name));
  HEVCPOOL_CHECK(file.find_missing_starts(fd, name));
  return file;
}

// A second reading: the first packets are in libav's buffers already.
Expected<void> InputFile::find_missing_starts(int fd, const std::string& name) {
  AVFormatContext& format = *format_;
  const auto lacking = [&](const AVStream* stream) { return lacks_start(format, *stream); };
  if (std::ranges::none_of(streams(format), lacking)) return {};
  HEVCPOOL_ASSIGN(const InputFile second, open_header(fd, name));
  const std::vector<std::int64_t> first = first_times(second.format());
  for (AVStream* stream : streams(format)) {
    const auto index = static_cast<std::size_t>(stream->index);
    if (!lacking(stream) || index >= first.size() || first[index] == AV_NOPTS_VALUE) continue;
    stream->start_time = first[index];
    const std::int64_t start = av_rescale_q(first[index], stream->time_base, {1, AV_TIME_BASE});
    if (format.start_time == AV_NOPTS_VALUE || start < format.start_time) format.start_time = start;
  }
  return {};
}

// What libav decodes to know the streams is not looked at: nothing needs to be beautiful.
Expected<void> InputFile::find_streams() {
  std::vector<AVDictionary*> options(format_->nb_streams);
  for (AVDictionary*& stream : options) av_dict_set(&stream, "skip_loop_filter", "all", 0);
  const int rc = avformat_find_stream_info(format_.get(), options.data());
  for (AVDictionary*& stream : options) av_dict_free(&stream);
  if (rc < 0) return io_->failure("open", "no stream information", rc);
  mark_encrypted(fd_, *format_);
  return {};
}

Expected<InputFile> InputFile::open_whole(int fd, const std::string& name) {
  constexpr std::int64_t kMostBytes = 64 << 20, kLongest = 600 * std::int64_t{AV_TIME_BASE};
  const CrashContext doing(Stage::open);
  HEVCPOOL_ASSIGN(InputFile file, open_header(fd, name));
  file.stated_->set_aside(*file.format_);
  HEVCPOOL_CHECK(file.find_streams());
  HEVCPOOL_CHECK(file.find_missing_starts(fd, name));
  const std::span<AVStream*> streams(file.format_->streams, file.format_->nb_streams);
  if (std::ranges::none_of(streams, [](const AVStream* stream) { return is_unknown(*stream); })) {
    file.stated_->restore(*file.format_);
    complete_hdr(file);
    return file;
  }
  HEVCPOOL_ASSIGN(InputFile again, open_header(fd, name));
  again.stated_->set_aside(*again.format_);
  again.format_->probesize = kMostBytes;  // so much is held in memory meanwhile
  again.format_->max_analyze_duration = kLongest;
  HEVCPOOL_CHECK(again.find_streams());
  again.stated_->restore(*again.format_);
  complete_hdr(again);
  return again;
}

Expected<InputFile> InputFile::open_for_video(int fd, const std::string& name) {
  const CrashContext doing(Stage::open);
  HEVCPOOL_ASSIGN(InputFile file, open_header(fd, name));
  complete_duration(*file.format_);
  if (!header_says_all(*file.format_) || !find_start(*file.format_)) return open(fd, name);
  expect_any_order(*file.format_);
  mark_encrypted(fd, *file.format_);
  return file;
}

Expected<InputFile> InputFile::open_own(int fd) {
  HEVCPOOL_ASSIGN(InputFile file, open_header(fd, {}));
  complete_duration(*file.format_);
  return file;
}

Expected<InputFile> InputFile::open_still(int fd, const std::string& name) {
  const CrashContext doing(Stage::open);
  HEVCPOOL_ASSIGN(InputFile file, open_header(fd, name));
  const std::string_view format = file.format_->iformat->name;
  if (format.ends_with("_pipe")) return file;  // libav's readers of one picture
  HEVCPOOL_CHECK(file.find_streams());
  return file;
}

Expected<AVStream*> InputFile::video() const {
  const int index = av_find_best_stream(format_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (index < 0) return fail("open", "no_video", "there is no video stream");
  AVStream* best = format_->streams[index];
  const auto is_film = [](const AVStream& stream) { return !is_cover(stream) && encryption_of(stream).empty(); };
  if (is_film(*best)) return best;
  for (AVStream* stream : streams_of(AVMEDIA_TYPE_VIDEO))
    if (is_film(*stream)) return stream;
  for (AVStream* stream : streams_of(AVMEDIA_TYPE_VIDEO))
    if (!is_cover(*stream)) HEVCPOOL_CHECK(require_clear(*stream));
  return best;
}

std::vector<AVStream*> InputFile::streams_of(AVMediaType type) const {
  std::vector<AVStream*> out;
  for (unsigned i = 0; i < format_->nb_streams; ++i)
    if (format_->streams[i]->codecpar->codec_type == type) out.push_back(format_->streams[i]);
  return out;
}

void InputFile::Free::operator()(const MatroskaSource* source) const { delete source; }

const MatroskaSource* InputFile::matroska() const {
  if (!matroska_) matroska_.reset( MatroskaSource::read(io_->fd(), *format_).release());
  return matroska_.get();
}

double InputFile::duration() const {
  return format_->duration > 0 ? static_cast<double>(format_->duration) / AV_TIME_BASE : 0;
}

std::int64_t InputFile::start_time() const {
  return format_->start_time == AV_NOPTS_VALUE ? 0 : format_->start_time;
}

std::int64_t time_zero_of(const AVFormatContext& format) {
  constexpr std::int64_t kLongestPriming = AV_TIME_BASE / 2;
  const std::int64_t start = format.start_time == AV_NOPTS_VALUE ? 0 : format.start_time;
  const bool runs_from_zero = format.iformat == nullptr || (format.iformat->flags & AVFMT_TS_DISCONT) == 0;
  return runs_from_zero && start < 0 && start > -kLongestPriming ? 0 : start;
}

}  // namespace hevcpool::media
