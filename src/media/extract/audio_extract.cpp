// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/extract/audio_extract.h"

#include "media/extract/audio_copy.h"
#include "media/extract/audio_encode.h"
#include "media/audio/audio_formats.h"
#include "media/libav/encryption.h"
#include "media/libav/log_capture.h"
#include "media/libav/tag_keys.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

namespace hevcpool::media {
namespace {

ExtractedTrack describe(const AVStream& stream, int track) {
  return {.track = track, .stream = stream.index, .codec = avcodec_get_name(stream.codecpar->codec_id),
          .extension = natural_audio_file(stream.codecpar->codec_id).extension,
          .language = tag_value(stream.metadata, "language"), .title = tag_value(stream.metadata, "title")};
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

Expected<void> measure(const AudioExtractRequest& request, ExtractedTrack& track, Diagnostics& notes) {
  HEVCPOOL_ASSIGN(InputFile file, InputFile::open(request.source, request.name));
  HEVCPOOL_ASSIGN(FrameReader reader, FrameReader::create(file.format(), *file.format().streams[track.stream]));
  HEVCPOOL_ASSIGN(track.loudness, measure_loudness(reader, request.cancelled));
  if (!request.options.normalise) return {};
  const std::string name = fmt::format("audio track {}", track.track);
  if (track.loudness->repeated)
    notes.warn("loudness", name + ": shorter than the 0.4 s that loudness is measured over: measured as if it were repeated");
  if (is_silent(*track.loudness)) notes.warn("loudness", name + ": silent, or too soft to be measured: not normalised");
  return {};
}

Expected<void> encode(const AudioExtractRequest& request, const std::string& codec, int target,
                      ExtractedTrack& track, Diagnostics& notes) {
  HEVCPOOL_ASSIGN(const auto source, Source::open(request.source, request.name));
  AudioEncodeRequest work{.codec = codec, .bitrate = request.options.bitrate, .target = target,
                          .target_name = request.target_name, .cancelled = request.cancelled};
  if (request.options.normalise) work.filter = loudness_gain(*track.loudness, *request.options.normalise);
  HEVCPOOL_ASSIGN(const auto made, encode_audio(*source, track.stream, work, notes));
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

Expected<void> empty(int file) {
  if (::ftruncate(file, 0) != 0 || ::lseek(file, 0, SEEK_SET) != 0) return fail_errno("mux", "emptying the output", errno);
  return {};
}

// Tracks as they are in the source, or as near to that as a file comes.
class CopyJob {
 public:
  CopyJob(const AudioExtractRequest& request, AudioExtractReport& report, Diagnostics& notes)
      : request_(request), report_(report), notes_(notes) {}
  Expected<void> run(Source& source);

 private:
  Expected<void> copy(Source& source, const std::vector<std::size_t>& tracks, const AudioFileKind* kind);
  Expected<void> mend(std::size_t track, const CopiedAudio& copied);
  Expected<void> fill_with_silence(std::size_t track, const std::string& codec);

  const AudioExtractRequest& request_;
  AudioExtractReport& report_;
  Diagnostics& notes_;
};

// Into files of `kind`, or of the one that fits.
Expected<void> CopyJob::copy(Source& source, const std::vector<std::size_t>& tracks, const AudioFileKind* kind) {
  std::vector<AudioCopyTarget> targets;
  for (const std::size_t n : tracks) {
    AudioCopyTarget target{.stream = report_.tracks[n].stream, .file = request_.targets[n], .kind = {}};
    const AVCodecID codec = source.stream(target.stream).codecpar->codec_id;
    if (kind) {
      target.kind = *kind;
    } else {
      HEVCPOOL_ASSIGN(target.kind, audio_file_named(request_.target_name, codec));
    }
    targets.push_back(std::move(target));
  }
  HEVCPOOL_ASSIGN(const auto copied, copy_audio(source, targets, request_.cancelled));
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    ExtractedTrack& track = report_.tracks[tracks[i]];
    track.packets = copied[i].packets;
    track.seconds = copied[i].seconds;
    track.bytes = copied[i].bytes;
    if (track.packets == 0)
      return fail("demux", "no_audio", fmt::format("audio track {} has no packets", track.track));
    HEVCPOOL_CHECK(mend(tracks[i], copied[i]));
  }
  return {};
}

// A file without times, of sound that has gaps: lossless sound gets silence there, other sound a file with times, unless
// the user chose one.
Expected<void> CopyJob::mend(std::size_t n, const CopiedAudio& copied) {
  constexpr double kDelay = 0.1, kGap = 0.04;
  const ExtractedTrack& track = report_.tracks[n];
  const bool gaps = copied.lost_gaps > std::max(kGap, 0.001 * track.seconds);
  const bool delay = copied.lost_delay > kDelay;
  if (!gaps && !delay) return {};
  if (track.codec.starts_with("pcm_")) return fill_with_silence(n, "wav");
  if (track.codec == "flac") return fill_with_silence(n, "flac");
  const std::string where = gaps ? fmt::format("gaps of {:.2f} s together", copied.lost_gaps)
                                 : fmt::format("{:.2f} s before the first sound", copied.lost_delay);
  if (!gaps || !request_.target_name.empty()) {
    notes_.warn("gaps", fmt::format("audio track {}: a file .{} cannot hold the {}: later sound comes sooner by that",
                                    track.track, track.extension, where));
    return {};
  }
  notes_.warn("gaps", fmt::format("audio track {}: a file .{} cannot hold the {}: written as .mka", track.track,
                                  track.extension, where));
  HEVCPOOL_CHECK(empty(request_.targets[n]));
  HEVCPOOL_ASSIGN(const auto source, Source::open(request_.source, request_.name));
  const AudioFileKind matroska{"matroska", "mka"};
  report_.tracks[n].extension = matroska.extension;
  return copy(*source, {n}, &matroska);
}

Expected<void> CopyJob::fill_with_silence(std::size_t n, const std::string& codec) {
  HEVCPOOL_CHECK(empty(request_.targets[n]));
  return encode(request_, codec, request_.targets[n], report_.tracks[n], notes_);
}

// Copies what some file holds, and writes the samples of the rest.
Expected<void> CopyJob::run(Source& source) {
  std::vector<std::size_t> copied;
  for (std::size_t n = 0; n < report_.tracks.size(); ++n) {
    ExtractedTrack& track = report_.tracks[n];
    if (!fits_no_file(source.stream(track.stream).codecpar->codec_id)) {
      copied.push_back(n);
      continue;
    }
    const std::string codec = track.codec;
    HEVCPOOL_CHECK(encode(request_, "wav", request_.targets[n], track, notes_));
    report_.warnings.push_back(converted(track, codec));
  }
  return copied.empty() ? Expected<void>() : copy(source, copied, nullptr);
}

}  // namespace

Expected<AudioExtractReport> extract_audio(const AudioExtractRequest& request) {
  const LogCapture log;
  const AudioExtract& options = request.options;
  HEVCPOOL_ASSIGN(const auto source, Source::open(request.source, request.name));
  AudioExtractReport report;
  Diagnostics notes;
  HEVCPOOL_ASSIGN(report.tracks, choose(source->file(), options));
  HEVCPOOL_CHECK(leave_out_encrypted(source->file(), options, report));
  if (report.tracks.size() > request.targets.size())
    return fail("open", "too_many_tracks", fmt::format("{} audio tracks, more than can be written at once",
                                                       report.tracks.size()));
  for (ExtractedTrack& track : report.tracks)
    if (options.loudness || options.normalise) HEVCPOOL_CHECK(measure(request, track, notes));
  if (options.codec == "copy") HEVCPOOL_CHECK(CopyJob(request, report, notes).run(*source));
  else
    for (std::size_t i = 0; i < report.tracks.size(); ++i)
      HEVCPOOL_CHECK(encode(request, options.codec, request.targets[i], report.tracks[i], notes));
  std::ranges::copy(notes.warnings(), std::back_inserter(report.warnings));
  return report;
}

}  // namespace hevcpool::media
