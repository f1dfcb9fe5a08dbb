// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/containers/named_codecs.h"

#include "media/containers/mp4_boxes.h"

#include <algorithm>
#include <span>
#include <string_view>

namespace hevcpool::media {
namespace {

constexpr unsigned kFloat = MKTAG('f', 'p', 'c', 'm'), kInteger = MKTAG('i', 'p', 'c', 'm'),
                   kWebVtt = MKTAG('w', 'v', 't', 't');

AVCodecID pcm_codec(bool floating, int bits, bool little) {
  if (floating && bits == 32) return little ? AV_CODEC_ID_PCM_F32LE : AV_CODEC_ID_PCM_F32BE;
  if (floating && bits == 64) return little ? AV_CODEC_ID_PCM_F64LE : AV_CODEC_ID_PCM_F64BE;
  if (floating) return AV_CODEC_ID_NONE;
  if (bits == 8) return AV_CODEC_ID_PCM_S8;
  if (bits == 16) return little ? AV_CODEC_ID_PCM_S16LE : AV_CODEC_ID_PCM_S16BE;
  if (bits == 24) return little ? AV_CODEC_ID_PCM_S24LE : AV_CODEC_ID_PCM_S24BE;
  if (bits == 32) return little ? AV_CODEC_ID_PCM_S32LE : AV_CODEC_ID_PCM_S32BE;
  return AV_CODEC_ID_NONE;
}

// libav 5.1 takes integers of every width for 16 bits.
bool may_be_misnamed(const AVStream& stream) {
  const unsigned tag = stream.codecpar->codec_tag;
  return tag == kInteger || (stream.codecpar->codec_id == AV_CODEC_ID_NONE && (tag == kFloat || tag == kWebVtt));
}

// Whether the index counts `frame_size` bytes for each tick of the clock.
bool counts(const AVStream& stream, int frame_size) {
  AVStream& indexed = const_cast<AVStream&>(stream);
  if (avformat_index_get_entries_count(&indexed) < 1) return false;
  const AVIndexEntry& first = *avformat_index_get_entry(&indexed, 0);
  const AVIndexEntry* second = avformat_index_get_entry(&indexed, 1);
  const std::int64_t frames = (second != nullptr ? second->timestamp : stream.duration) - first.timestamp;
  return frames > 0 && first.size == frames * frame_size;
}

// The packets of a chunk follow one another; the next chunk is where the file says.
void widen_index(AVStream& stream, int before, int now) {
  std::int64_t chunk = 0, end = -1;
  for (int n = 0; n < avformat_index_get_entries_count(&stream); ++n) {
    auto& entry = const_cast<AVIndexEntry&>(*avformat_index_get_entry(&stream, n));
    if (entry.pos != end) chunk = entry.pos;
    end = entry.pos + entry.size;
    entry.pos = chunk + (entry.pos - chunk) / before * now;
    entry.size = entry.size / before * now;
  }
}

void name_pcm(AVCodecParameters& codec, const Mp4Track& track) {
  codec.codec_id = pcm_codec(codec.codec_tag == kFloat, track.pcm_bits, track.pcm_little_endian);
  if (codec.codec_id == AV_CODEC_ID_NONE) return;
  codec.format = -1;  // the decoder's
  codec.bits_per_coded_sample = track.pcm_bits;
  codec.block_align = codec.ch_layout.nb_channels * track.pcm_bits / 8;
}

void name_codec(AVStream& stream, std::span<const Mp4Track> tracks) {
  AVCodecParameters& codec = *stream.codecpar;
  if (codec.codec_tag == kWebVtt) {
    codec.codec_type = AVMEDIA_TYPE_SUBTITLE;
    codec.codec_id = AV_CODEC_ID_WEBVTT;
    return;
  }
  const auto track = std::ranges::find(tracks, static_cast<std::uint32_t>(stream.id), &Mp4Track::id);
  if (track == tracks.end() || track->pcm_bits == 0) return;
  const int before = av_get_bits_per_sample(codec.codec_id) / 8 * codec.ch_layout.nb_channels;
  name_pcm(codec, *track);
  const int now = track->pcm_bits / 8 * codec.ch_layout.nb_channels;
  if (before > 0 && now > before && counts(stream, before)) widen_index(stream, before, now);
}

}  // namespace

bool is_boxed_webvtt(const AVStream& stream) {
  return stream.codecpar->codec_id == AV_CODEC_ID_WEBVTT && stream.codecpar->codec_tag == kWebVtt;
}

void name_mp4_codecs(int fd, AVFormatContext& format) {
  if (!std::string_view(format.iformat->name).starts_with("mov")) return;
  const std::span streams(format.streams, format.nb_streams);
  if (std::ranges::none_of(streams, [](const AVStream* stream) { return may_be_misnamed(*stream); })) return;
  const auto tracks = read_mp4_tracks(fd);
  for (AVStream* stream : streams)
    if (may_be_misnamed(*stream)) name_codec(*stream, tracks);
}

}  // namespace hevcpool::media
