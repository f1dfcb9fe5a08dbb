// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/extract/audio_encode.h"

#include "media/extract/audio_file.h"
#include "media/audio/audio_formats.h"
#include "media/convert/stream_track.h"

namespace hevcpool::media {
namespace {

class AudioJob {
 public:
  AudioJob(Source& source, int stream, const AudioEncodeRequest& request, Diagnostics& notes)
      : source_(source), stream_(source.stream(stream)), request_(request), notes_(notes) {}
  Expected<EncodedAudio> run();

 private:
  Expected<void> open();
  void note_channels();
  Expected<void> read_all(const PacketSink& sink);

  Source& source_;
  AVStream& stream_;
  const AudioEncodeRequest& request_;
  Diagnostics& notes_;
  AudioEncoding encoding_;
  std::unique_ptr<AudioFile> target_;
  std::unique_ptr<StreamTrack> track_;
};

Expected<void> AudioJob::open() {
  HEVCPOOL_ASSIGN(encoding_, audio_encoding(request_.codec, *stream_.codecpar));
  if (const std::string lost = samples_lost(*stream_.codecpar, encoding_.encoder->id); !lost.empty())
    notes_.warn("samples", fmt::format("audio stream {}: as {}, {}", stream_.index, request_.codec, lost));
  HEVCPOOL_ASSIGN(encoding_.file, audio_file_named(request_.target_name, encoding_.encoder->id));
  HEVCPOOL_ASSIGN(target_, AudioFile::create(request_.target, encoding_.file.muxer));
  AudioRequest sound = audio_request_of(*encoding_.encoder);
  sound.bit_rate = static_cast<std::int64_t>(request_.bitrate);
  sound.filter = request_.filter;
  sound.begin = source_.file().time_zero();
  HEVCPOOL_ASSIGN(track_, make_audio_track(stream_, sound, target_->wants_global_header(), notes_));
  note_channels();
  HEVCPOOL_CHECK(track_->describe(target_->stream()));
  av_dict_copy(&target_->stream().metadata, stream_.metadata, 0);
  return target_->begin();
}

void AudioJob::note_channels() {
  const ChannelLayout before = stated_layout(stream_.codecpar->ch_layout);
  const ChannelLayout after = layout_for(*encoding_.encoder, before.get());
  if (!same_channels(before.get(), after.get()))
    notes_.warn("converted", fmt::format("audio stream {}: {} channels become {}: {} has no such layout", stream_.index,
                                         before.name(), after.name(), request_.codec));
}

Expected<void> AudioJob::read_all(const PacketSink& sink) {
  const PacketPtr packet(av_packet_alloc());
  if (!packet) return fail_av("demux", "packet", AVERROR(ENOMEM));
  for (;;) {
    if (request_.cancelled && request_.cancelled()) return fail("audio", "cancelled", "cancelled");
    HEVCPOOL_ASSIGN(const bool more, source_.read(*packet));
    if (!more) return track_->finish(sink);
    if (packet->stream_index == stream_.index) HEVCPOOL_CHECK(track_->send(*packet, sink));
  }
}

Expected<EncodedAudio> AudioJob::run() {
  source_.read_only({stream_.index});
  HEVCPOOL_CHECK(open());
  const std::int64_t begin = source_.file().time_zero();
  HEVCPOOL_CHECK(read_all([&](AVPacket& packet) {
    const std::int64_t shift = ticks(begin, track_->time_base());
    packet.pts -= shift;
    packet.dts -= shift;
    return target_->write(packet, track_->time_base());
  }));
  if (target_->packets() == 0) return fail("decode", "no_frame", "no sound could be decoded");
  HEVCPOOL_CHECK(target_->finish());
  return EncodedAudio{.codec = avcodec_get_name(encoding_.encoder->id), .extension = encoding_.file.extension,
                      .packets = target_->packets(), .seconds = target_->seconds(), .bytes = target_->bytes()};
}

}  // namespace

Expected<EncodedAudio> encode_audio(Source& source, int stream, const AudioEncodeRequest& request, Diagnostics& notes) {
  return AudioJob(source, stream, request, notes).run();
}

}  // namespace hevcpool::media
