// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/probe/probe.h"

#include "media/input/frame_reader.h"
#include "media/input/input_file.h"
#include "media/libav/log_capture.h"
#include "media/probe/probe_fields.h"

#include <map>

namespace hevcpool::media {
namespace {

bool stop(const ProbeRequest& request) { return request.cancelled && request.cancelled(); }

Unexpected cancelled() { return fail("probe", "cancelled", "cancelled"); }

// ffprobe opens every decoder. Of these nothing is printed that opening changes, and it is most of what they cost.
bool says_nothing_when_opened(AVCodecID codec) {
  return codec == AV_CODEC_ID_AAC || codec == AV_CODEC_ID_MP3 || codec == AV_CODEC_ID_OPUS ||
         codec == AV_CODEC_ID_VORBIS || codec == AV_CODEC_ID_H264;
}

// What stands for a decoder that need not be opened, nor even made: some fill megabytes with zeros first.
Expected<CodecContextPtr> parameters_alone(const AVStream& stream) {
  CodecContextPtr decoder(avcodec_alloc_context3(nullptr));
  if (!decoder) return fail_av("probe", "allocate", AVERROR(ENOMEM));
  if (const int rc = avcodec_parameters_to_context(decoder.get(), stream.codecpar); rc < 0)
    return fail_av("probe", "take over parameters", rc);
  decoder->coded_width = decoder->width;
  decoder->coded_height = decoder->height;
  return decoder;
}

Expected<CodecContextPtr> decoder_for(const AVStream& stream) {
  const AVCodecID codec = stream.codecpar->codec_id;
  return says_nothing_when_opened(codec) && avcodec_find_decoder(codec) ? parameters_alone(stream)
                                                                        : open_stream_decoder(stream, 1);
}

std::vector<Document> describe_streams(AVFormatContext& format) {
  std::vector<Document> out;
  for (unsigned i = 0; i < format.nb_streams; ++i) {
    const auto decoder = decoder_for(*format.streams[i]);
    out.push_back(probe_stream(format, *format.streams[i], decoder ? decoder->get() : nullptr));
  }
  return out;
}

std::string join(const std::vector<Document>& described, AVFormatContext& format, const std::string& name) {
  Document out = Document::object(), streams = Document::array(), chapters = Document::array();
  for (const Document& stream : described) streams.push_back(stream);
  for (unsigned i = 0; i < format.nb_chapters; ++i) chapters.push_back(probe_chapter(*format.chapters[i]));
  out["streams"] = streams;
  out["chapters"] = chapters;
  out["format"] = probe_format(format, name);
  return out.text();
}

// Reads the whole file once and counts what the video decoders give, and where key frames are.
class FrameCounter {
 public:
  explicit FrameCounter(const ProbeRequest& request) : request_(request) {}
  Expected<void> run(InputFile& file, std::vector<Document>& streams);

 private:
  struct Track {
    CodecContextPtr decoder;  // only where frames are counted
    std::int64_t frames = 0;
    Document keyframes = Document::array();
  };
  void open_tracks(InputFile& file);
  Expected<void> take(const AVStream& stream, const AVPacket& packet);
  void drain(Track& track);

  const ProbeRequest& request_;
  std::map<int, Track> tracks_;  // by stream index
  FramePtr frame_{av_frame_alloc()};
  PacketPtr packet_{av_packet_alloc()};
};

void FrameCounter::open_tracks(InputFile& file) {
  for (AVStream* stream : file.streams_of(AVMEDIA_TYPE_VIDEO)) {
    Track& track = tracks_[stream->index];
    if (!request_.frames) continue;
    if (auto decoder = open_stream_decoder(*stream, 1)) track.decoder = std::move(*decoder);
  }
}

void FrameCounter::drain(Track& track) {
  while (true) {
    const int rc = avcodec_receive_frame(track.decoder.get(), frame_.get());
    if (rc == AVERROR(EAGAIN) || rc == AVERROR_EOF || rc == AVERROR(ENOMEM)) return;
    if (rc >= 0) ++track.frames;
  }
}

Expected<void> FrameCounter::take(const AVStream& stream, const AVPacket& packet) {
  const auto found = tracks_.find(stream.index);
  if (found == tracks_.end()) return {};
  Track& track = found->second;
  if (request_.keyframes && packet.flags & AV_PKT_FLAG_KEY && packet.pts != AV_NOPTS_VALUE)
    track.keyframes.push_back(probe_time(packet.pts, stream.time_base));
  if (!track.decoder) return {};
  if (avcodec_send_packet(track.decoder.get(), &packet) == AVERROR(ENOMEM))
    return fail_av("decode", "decode packet", AVERROR(ENOMEM));
  drain(track);
  return {};
}

Expected<void> FrameCounter::run(InputFile& file, std::vector<Document>& streams) {
  if (!frame_ || !packet_) return fail_av("probe", "allocate", AVERROR(ENOMEM));
  open_tracks(file);
  AVFormatContext& format = file.format();
  while (!stop(request_)) {
    const int rc = av_read_frame(&format, packet_.get());
    if (rc == AVERROR(EAGAIN)) continue;
    if (rc < 0) break;
    auto taken = take(*format.streams[packet_->stream_index], *packet_);
    av_packet_unref(packet_.get());
    HEVCPOOL_CHECK(std::move(taken));
  }
  if (stop(request_)) return cancelled();
  for (auto& [index, track] : tracks_) {
    if (track.decoder && avcodec_send_packet(track.decoder.get(), nullptr) >= 0) drain(track);
    Document& stream = streams[static_cast<std::size_t>(index)];
    if (request_.frames) stream["nb_read_frames"] = std::to_string(track.frames);
    if (request_.keyframes) stream["keyframes"] = track.keyframes;
  }
  return {};
}

}  // namespace

Expected<std::string> probe(const ProbeRequest& request) {
  const LogCapture log;
  HEVCPOOL_ASSIGN(InputFile file, InputFile::open_as_stated(request.source, request.name));
  auto streams = describe_streams(file.format());
  if (request.frames || request.keyframes) HEVCPOOL_CHECK(FrameCounter(request).run(file, streams));
  return join(streams, file.format(), request.name);
}

std::size_t read_headers(const std::vector<std::string>& paths) {
  const LogCapture log;
  std::size_t read = 0;
  for (const std::string& path : paths) {
    AVFormatContext* context = nullptr;
    if (avformat_open_input(&context, path.c_str(), nullptr, nullptr) < 0) continue;
    if (avformat_find_stream_info(context, nullptr) >= 0) ++read;
    avformat_close_input(&context);
  }
  return read;
}

}  // namespace hevcpool::media
