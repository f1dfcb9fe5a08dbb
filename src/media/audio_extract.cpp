// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/audio_extract.h"

#include "media/audio_encode.h"
#include "media/audio_file.h"
#include "media/audio_formats.h"
#include "media/encryption.h"
#include "media/input_file.h"
#include "media/log_capture.h"

#include <algorithm>
#include <map>
#include <memory>

namespace hevcpool::media {
namespace {

std::string tag(const AVStream& stream, const char* key) {
  const AVDictionaryEntry* entry = av_dict_get(stream.metadata, key, nullptr, 0);
  return entry ? entry->value : "";
}

ExtractedTrack describe(const AVStream& stream, int track) {
  return {.track = track, .stream = stream.index, .codec = avcodec_get_name(stream.codecpar->codec_id),
          .extension = natural_audio_file(stream.codecpar->codec_id).extension,
          .language = tag(stream, "language"), .title = tag(stream, "title")};
}

// The one that players choose, of those that they can play.
int best_of(InputFile& file, const std::vector<AVStream*>& streams) {
  const int best = av_find_best_stream(&file.format(), AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0);
  if (best < 0 || encryption_of(*file.format().streams[best]).empty()) return best;
  const auto clear = std::ranges::find_if(streams, [](const AVStream* each) { return encryption_of(*each).empty(); });
  return clear == streams.end() ? best : (*clear)->index;
}

// What is encrypted is left out where all were asked for, and refused where it alone was.
Expected<void> leave_out_encrypted(InputFile& file, const AudioExtract& options, AudioExtractReport& report) {
  const auto encrypted = [&](const ExtractedTrack& track) {
    return !encryption_of(*file.format().streams[track.stream]).empty();
  };
  if (!options.all_tracks || std::ranges::all_of(report.tracks, encrypted)) {
    for (const ExtractedTrack& track : report.tracks) HEVCPOOL_CHECK(require_clear(*file.format().streams[track.stream]));
    return {};
  }
  for (const ExtractedTrack& track : report.tracks)
    if (encrypted(track)) report.warnings.push_back({"dropped", encryption_sentence(*file.format().streams[track.stream])});
  std::erase_if(report.tracks, encrypted);
  return {};
}

// The tracks asked for, of the file's audio streams.
Expected<std::vector<ExtractedTrack>> choose(InputFile& file, const AudioExtract& options) {
  const auto streams = file.streams_of(AVMEDIA_TYPE_AUDIO);
  if (streams.empty()) return fail("open", "no_audio", "there is no audio stream");
  const int best = best_of(file, streams);
  std::vector<ExtractedTrack> out;
  for (int i = 0; i < static_cast<int>(streams.size()); ++i)
    if (options.all_tracks || (options.tracks.empty() && streams[static_cast<std::size_t>(i)]->index == best))
      out.push_back(describe(*streams[static_cast<std::size_t>(i)], i));
  for (const int track : options.tracks) {
    if (track >= static_cast<int>(streams.size()))
      return fail("open", "no_audio", fmt::format("there is no audio track {}, only {}", track, streams.size()));
    out.push_back(describe(*streams[static_cast<std::size_t>(track)], track));
  }
  if (out.empty()) out.push_back(describe(*streams[0], 0));
  return out;
}

// A track on its way into its file.
struct Assigned {
  ExtractedTrack* track;
  int target;
};

// Copies all these tracks in one reading of the file.
class Copier {
 public:
  Copier(const AudioExtractRequest& request, InputFile& file) : request_(request), file_(file) {}
  Expected<void> run(const std::vector<Assigned>& tracks);

 private:
  Expected<void> open_files(const std::vector<Assigned>& tracks);
  Expected<void> copy_packets();
  Expected<void> copy(AVPacket& packet, AudioFile& target);

  const AudioExtractRequest& request_;
  InputFile& file_;
  std::multimap<int, std::unique_ptr<AudioFile>> files_;  // by stream index; twice where it was asked for twice
  std::vector<AudioFile*> in_order_;
};

Expected<void> Copier::open_files(const std::vector<Assigned>& tracks) {
  AVFormatContext& format = file_.format();
  for (unsigned i = 0; i < format.nb_streams; ++i) format.streams[i]->discard = AVDISCARD_ALL;
  for (const Assigned& each : tracks) {
    AVStream& source = *format.streams[each.track->stream];
    source.discard = AVDISCARD_DEFAULT;
    HEVCPOOL_ASSIGN(const auto kind, audio_file_named(request_.target_name, source.codecpar->codec_id));
    HEVCPOOL_ASSIGN(auto target, AudioFile::create(each.target, kind.muxer));
    if (const int rc = avcodec_parameters_copy(target->stream().codecpar, source.codecpar); rc < 0)
      return fail_av("mux", "codec parameters", rc);
    target->stream().time_base = source.time_base;
    av_dict_copy(&target->stream().metadata, source.metadata, 0);
    HEVCPOOL_CHECK(target->begin());
    in_order_.push_back(target.get());
    files_.emplace(source.index, std::move(target));
  }
  return {};
}

Expected<void> Copier::copy(AVPacket& packet, AudioFile& target) {
  const AVRational time_base = file_.format().streams[packet.stream_index]->time_base;
  const PacketPtr copied(av_packet_clone(&packet));
  if (!copied) return fail_av("mux", "keep packet", AVERROR(ENOMEM));
  const std::int64_t start = av_rescale_q(file_.start_time(), {1, AV_TIME_BASE}, time_base);
  if (copied->pts != AV_NOPTS_VALUE) copied->pts -= start;
  if (copied->dts != AV_NOPTS_VALUE) copied->dts -= start;
  return target.write(*copied, time_base);
}

Expected<void> Copier::copy_packets() {
  const PacketPtr packet(av_packet_alloc());
  if (!packet) return fail_av("demux", "allocate packet", AVERROR(ENOMEM));
  while (!(request_.cancelled && request_.cancelled())) {
    av_packet_unref(packet.get());
    const int rc = av_read_frame(&file_.format(), packet.get());
    if (rc == AVERROR(EAGAIN)) continue;
    if (rc < 0) return {};
    const auto [first, last] = files_.equal_range(packet->stream_index);
    for (auto file = first; file != last; ++file) HEVCPOOL_CHECK(copy(*packet, *file->second));
  }
  return fail("audio", "cancelled", "cancelled");
}

Expected<void> Copier::run(const std::vector<Assigned>& tracks) {
  HEVCPOOL_CHECK(open_files(tracks));
  HEVCPOOL_CHECK(copy_packets());
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    ExtractedTrack& track = *tracks[i].track;
    HEVCPOOL_CHECK(in_order_[i]->finish());
    track.packets = in_order_[i]->packets();
    track.seconds = in_order_[i]->seconds();
    track.bytes = in_order_[i]->bytes();
    if (track.packets == 0)
      return fail("demux", "no_audio", fmt::format("audio track {} has no packets", track.track));
  }
  return {};
}

Expected<void> measure(const AudioExtractRequest& request, ExtractedTrack& track) {
  HEVCPOOL_ASSIGN(InputFile file, InputFile::open(request.source, request.name));
  HEVCPOOL_ASSIGN(FrameReader reader, FrameReader::create(file.format(), *file.format().streams[track.stream]));
  HEVCPOOL_ASSIGN(track.loudness, measure_loudness(reader, request.cancelled));
  return {};
}

Expected<void> encode(const AudioExtractRequest& request, const std::string& codec, int target,
                      ExtractedTrack& track) {
  HEVCPOOL_ASSIGN(InputFile file, InputFile::open(request.source, request.name));
  AVStream& stream = *file.format().streams[track.stream];
  AudioEncodeRequest work{.codec = codec, .bitrate = request.options.bitrate, .target = target,
                          .target_name = request.target_name, .cancelled = request.cancelled};
  if (request.options.normalise) work.filter = loudness_gain(*track.loudness, *request.options.normalise);
  HEVCPOOL_ASSIGN(const auto made, encode_audio(file, stream, work));
  track.codec = made.codec;
  track.extension = made.extension;
  track.packets = made.packets;
  track.seconds = made.seconds;
  track.bytes = made.bytes;
  return {};
}

Warning converted(const ExtractedTrack& track, const std::string& from) {
  return {"converted", fmt::format("audio track {}: no file holds {}; its samples are written as {}", track.track,
                                   from, track.codec)};
}

// Copies what some file holds, and writes the samples of the rest.
Expected<void> copy_all(const AudioExtractRequest& request, InputFile& file, AudioExtractReport& report) {
  std::vector<Assigned> copied;
  for (std::size_t i = 0; i < report.tracks.size(); ++i) {
    ExtractedTrack& track = report.tracks[i];
    if (!fits_no_file(file.format().streams[track.stream]->codecpar->codec_id)) {
      copied.push_back({&track, request.targets[i]});
      continue;
    }
    const std::string codec = track.codec;
    HEVCPOOL_CHECK(encode(request, "wav", request.targets[i], track));
    report.warnings.push_back(converted(track, codec));
  }
  return copied.empty() ? Expected<void>() : Copier(request, file).run(copied);
}

}  // namespace

Expected<AudioExtractReport> extract_audio(const AudioExtractRequest& request) {
  const LogCapture log;
  const AudioExtract& options = request.options;
  HEVCPOOL_ASSIGN(InputFile file, InputFile::open(request.source, request.name));
  AudioExtractReport report;
  HEVCPOOL_ASSIGN(report.tracks, choose(file, options));
  HEVCPOOL_CHECK(leave_out_encrypted(file, options, report));
  if (report.tracks.size() > request.targets.size())
    return fail("open", "too_many_tracks", fmt::format("{} audio tracks, more than can be written at once",
                                                       report.tracks.size()));
  for (ExtractedTrack& track : report.tracks)
    if (options.loudness || options.normalise) HEVCPOOL_CHECK(measure(request, track));
  if (options.codec == "copy") {
    HEVCPOOL_CHECK(copy_all(request, file, report));
    return report;
  }
  for (std::size_t i = 0; i < report.tracks.size(); ++i)
    HEVCPOOL_CHECK(encode(request, options.codec, request.targets[i], report.tracks[i]));
  return report;
}

}  // namespace hevcpool::media
