// SPDX-License-Identifier: GPL-2.0-or-later
#include "support/clip_file.h"

#include "media/libav/compat.h"
#include "media/libav/fd_io.h"
#include "media/libav/log_capture.h"

extern "C" {
#include <libavfilter/buffersink.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hevcpool::test {
namespace {

using namespace hevcpool::media;

int must(int result, const char* what) {
  if (result < 0) throw std::runtime_error(std::string(what) + ": " + av_message(result));
  return result;
}

template <class T>
T* must(T* object, const char* what) {
  if (!object) throw std::runtime_error(what);
  return object;
}

// The frames of a source graph, one at a time.
class Frames {
 public:
  Frames(const std::string& graph, const char* end, const std::string& format) : graph_(avfilter_graph_alloc()) {
    const std::string text = graph + "," + format + "," + end + "@out";
    AVFilterInOut *inputs = nullptr, *outputs = nullptr;
    must(avfilter_graph_parse2(graph_.get(), text.c_str(), &inputs, &outputs), text.c_str());
    must(avfilter_graph_config(graph_.get(), nullptr), text.c_str());
    for (unsigned n = 0; n < graph_->nb_filters; ++n)
      if (std::string(graph_->filters[n]->filter->name) == end) sink_ = graph_->filters[n];
    must(sink_, "no sink");
  }
  FramePtr next() {
    FramePtr frame(av_frame_alloc());
    const int result = av_buffersink_get_frame(sink_, frame.get());
    if (result == AVERROR_EOF) return nullptr;
    must(result, "frame");
    return frame;
  }
  AVRational time_base() const { return av_buffersink_get_time_base(sink_); }
  AVRational rate() const { return av_buffersink_get_frame_rate(sink_); }
  AVFilterContext* sink() const { return sink_; }

 private:
  FilterGraphPtr graph_;
  AVFilterContext* sink_ = nullptr;
};

void set_tags(AVDictionary** to, const Tags& tags) {
  for (const auto& [key, value] : tags) av_dict_set(to, key.c_str(), value.c_str(), 0);
}

struct Pending {
  int stream;
  AVRational time_base;
  PacketPtr packet;
};

class Maker {
 public:
  Maker(const MadeFile& spec, int fd) : spec_(spec) {
    AVFormatContext* context = nullptr;
    must(avformat_alloc_output_context2(&context, nullptr, spec.muxer.c_str(), nullptr), "muxer");
    format_.reset(context);
    context->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
    auto io = TargetIo::attach(fd, *context);
    if (!io) throw std::runtime_error(io.error().message);
    io_ = std::move(*io);
  }

  void make() {
    for (const auto& video : spec_.videos) add(video);
    for (const auto& audio : spec_.audios) add(audio);
    for (const auto& subtitle : spec_.subtitles) add(subtitle);
    for (const auto& attachment : spec_.attachments) add(attachment);
    if (!spec_.cover.empty()) add_cover();
    add_chapters();
    set_tags(&format_->metadata, spec_.tags);
    write();
  }

 private:
  AVStream& new_stream(const Tags& tags, int disposition) {
    AVStream* stream = must(avformat_new_stream(format_.get(), nullptr), "stream");
    set_tags(&stream->metadata, tags);
    stream->disposition = disposition;
    return *stream;
  }

  CodecContextPtr encoder(const std::string& name) {
    const AVCodec* codec = must(avcodec_find_encoder_by_name(name.c_str()), name.c_str());
    CodecContextPtr context(avcodec_alloc_context3(codec));
    context->flags |= AV_CODEC_FLAG_BITEXACT;
    if (format_->oformat->flags & AVFMT_GLOBALHEADER) context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    context->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
    context->thread_count = 1;
    return context;
  }

  void add(const MadeVideo& video) {
    Frames frames(video.graph, "buffersink", std::string("format=") + av_get_pix_fmt_name(video.pixels));
    auto context = encoder(video.encoder);
    context->sample_aspect_ratio = av_buffersink_get_sample_aspect_ratio(frames.sink());
    context->width = av_buffersink_get_w(frames.sink());
    context->height = av_buffersink_get_h(frames.sink());
    context->pix_fmt = video.pixels;
    context->time_base = video.time_base.num > 0 ? video.time_base : frames.time_base();
    context->framerate = frames.rate();
    context->gop_size = 12;
    if (video.encoder == "libx264") av_opt_set(context->priv_data, "preset", "ultrafast", 0);
    if (video.b_frames >= 0 || video.encoder == "libx264") context->max_b_frames = video.b_frames >= 0 ? video.b_frames : 2;
    AVStream& stream = new_stream(video.tags, video.disposition);
    if (video.prepare) video.prepare(*context);
    encode(frames, *context, video.delay, stream);
    if (video.edit) video.edit(stream);
  }

  void add(const MadeAudio& audio) {
    auto context = encoder(audio.encoder);
    const auto formats = sample_formats(*context->codec);
    context->sample_fmt = formats.empty() ? AV_SAMPLE_FMT_S16 : formats.front();
    Frames frames(audio.graph, "abuffersink",
                  std::string("aformat=sample_fmts=") + av_get_sample_fmt_name(context->sample_fmt));
    context->sample_rate = av_buffersink_get_sample_rate(frames.sink());
    must(av_buffersink_get_ch_layout(frames.sink(), &context->ch_layout), "layout");
    context->time_base = {1, context->sample_rate};
    encode(frames, *context, audio.delay, new_stream(audio.tags, audio.disposition));
  }

  void encode(Frames& frames, AVCodecContext& context, double delay, AVStream& stream) {
    must(avcodec_open2(&context, context.codec, nullptr), context.codec->name);
    must(avcodec_parameters_from_context(stream.codecpar, &context), "parameters");
    if (context.frame_size > 0) av_buffersink_set_frame_size(frames.sink(), static_cast<unsigned>(context.frame_size));
    stream.time_base = context.time_base;
    if (context.codec_type == AVMEDIA_TYPE_VIDEO) stream.avg_frame_rate = context.framerate;
    const auto shift = static_cast<std::int64_t>(std::llround(delay / av_q2d(context.time_base)));
    for (bool more = true; more;) {
      FramePtr frame = frames.next();
      more = frame != nullptr;
      if (frame) frame->pts = av_rescale_q(frame->pts, frames.time_base(), context.time_base) + shift;
      if (frame) frame->pict_type = AV_PICTURE_TYPE_NONE;
      must(avcodec_send_frame(&context, frame.get()), "encode");
      receive(context, stream.index);
    }
  }

  void receive(AVCodecContext& context, int stream) {
    for (;;) {
      PacketPtr packet(av_packet_alloc());
      const int result = avcodec_receive_packet(&context, packet.get());
      if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return;
      must(result, "packet");
      if (packet->duration == 0 && context.framerate.num > 0)
        packet->duration = av_rescale_q(1, av_inv_q(context.framerate), context.time_base);
      packets_.push_back({stream, context.time_base, std::move(packet)});
    }
  }

  static void set_extradata(AVStream& stream, const std::string& bytes) {
    stream.codecpar->extradata =
        static_cast<std::uint8_t*>(av_mallocz(bytes.size() + AV_INPUT_BUFFER_PADDING_SIZE));
    std::ranges::copy(bytes, stream.codecpar->extradata);
    stream.codecpar->extradata_size = static_cast<int>(bytes.size());
  }

  static PacketPtr packet_of(const std::string& bytes) {
    PacketPtr packet(av_packet_alloc());
    must(av_new_packet(packet.get(), static_cast<int>(bytes.size())), "packet");
    std::ranges::copy(bytes, packet->data);
    packet->flags |= AV_PKT_FLAG_KEY;
    return packet;
  }

  void add(const MadeSubtitle& subtitle) {
    AVStream& stream = new_stream(subtitle.tags, subtitle.disposition);
    stream.codecpar->codec_type = AVMEDIA_TYPE_SUBTITLE;
    stream.codecpar->codec_id = subtitle.codec;
    stream.time_base = {1, 1000};
    if (!subtitle.header.empty()) set_extradata(stream, subtitle.header);
    for (const Cue& cue : subtitle.cues) {
      PacketPtr packet = packet_of(cue.text);
      packet->pts = packet->dts = std::llround(cue.start * 1000);
      packet->duration = std::llround(cue.length * 1000);
      packets_.push_back({stream.index, {1, 1000}, std::move(packet)});
    }
  }

  void add(const MadeAttachment& attachment) {
    AVStream& stream = new_stream({{"filename", attachment.name}, {"mimetype", attachment.type}}, 0);
    stream.codecpar->codec_type = AVMEDIA_TYPE_ATTACHMENT;
    set_extradata(stream, attachment.content);
  }

  void add_cover() {
    if (spec_.muxer == "matroska") return add(MadeAttachment{"cover.jpg", "image/jpeg", spec_.cover});
    AVStream& stream = new_stream({}, AV_DISPOSITION_ATTACHED_PIC);
    stream.codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
    stream.codecpar->codec_id = AV_CODEC_ID_MJPEG;
    stream.codecpar->width = stream.codecpar->height = 16;
    stream.time_base = {1, 1000};
    PacketPtr packet = packet_of(spec_.cover);
    packet->pts = packet->dts = 0;
    packets_.push_back({stream.index, {1, 1000}, std::move(packet)});
  }

  void add_chapters() {
    if (spec_.chapters.empty()) return;
    format_->chapters = static_cast<AVChapter**>(av_calloc(spec_.chapters.size(), sizeof(AVChapter*)));
    for (const MadeChapter& made : spec_.chapters) {
      auto* chapter = static_cast<AVChapter*>(av_mallocz(sizeof(AVChapter)));
      chapter->id = format_->nb_chapters + 1;
      chapter->time_base = {1, 1000};
      chapter->start = std::llround(made.start * 1000);
      chapter->end = std::llround(made.end * 1000);
      av_dict_set(&chapter->metadata, "title", made.title.c_str(), 0);
      format_->chapters[format_->nb_chapters++] = chapter;
    }
  }

  void write() {
    AVDictionary* options = nullptr;
    set_tags(&options, spec_.muxer_options);
    const int header = avformat_write_header(format_.get(), &options);
    av_dict_free(&options);
    must(header, "header");
    std::ranges::stable_sort(packets_, [](const Pending& a, const Pending& b) {
      return av_compare_ts(a.packet->dts, a.time_base, b.packet->dts, b.time_base) < 0;
    });
    for (Pending& pending : packets_) {
      av_packet_rescale_ts(pending.packet.get(), pending.time_base, format_->streams[pending.stream]->time_base);
      pending.packet->stream_index = pending.stream;
      must(av_interleaved_write_frame(format_.get(), pending.packet.get()), "write");
    }
    must(av_write_trailer(format_.get()), "trailer");
    avio_flush(format_->pb);
  }

  const MadeFile& spec_;
  std::unique_ptr<TargetIo> io_;
  OutputContextPtr format_;
  std::vector<Pending> packets_;
};

Tags tags_of(const AVDictionary* from) {
  Tags tags;
  for (const AVDictionaryEntry* tag = nullptr; (tag = av_dict_get(from, "", tag, AV_DICT_IGNORE_SUFFIX));)
    tags[tag->key] = tag->value;
  return tags;
}

FoundStream describe(const AVStream& stream) {
  const AVCodecParameters& codec = *stream.codecpar;
  FoundStream found;
  const char* type = av_get_media_type_string(codec.codec_type);
  found.type = stream.disposition & AV_DISPOSITION_ATTACHED_PIC ? "picture" : type ? type : "unknown";
  found.codec = avcodec_get_name(codec.codec_id);
  found.time_base = stream.time_base;
  found.width = codec.width;
  found.height = codec.height;
  found.channels = codec.ch_layout.nb_channels;
  found.disposition = stream.disposition;
  char layout[64] = {};
  av_channel_layout_describe(&codec.ch_layout, layout, sizeof layout);
  found.layout = layout;
  if (codec.extradata_size > 0) found.extradata.assign(codec.extradata, codec.extradata + codec.extradata_size);
  found.tags = tags_of(stream.metadata);
  return found;
}

FoundPacket describe(const AVPacket& packet, AVRational time_base) {
  const double tick = av_q2d(time_base);
  FoundPacket found;
  found.ticks = packet.pts;
  found.pts = static_cast<double>(packet.pts) * tick;
  found.dts = static_cast<double>(packet.dts) * tick;
  found.duration = static_cast<double>(packet.duration) * tick;
  if (packet.size > 0) found.data.assign(packet.data, packet.data + packet.size);
  return found;
}

}  // namespace

UniqueFd memory_file(const std::string& bytes) {
  UniqueFd fd(memfd_create("clip", MFD_CLOEXEC));
  if (!fd.valid() || pwrite(fd.get(), bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    throw std::runtime_error("memfd");
  return fd;
}

std::string content(int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0) throw std::runtime_error("fstat");
  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  if (pread(fd, bytes.data(), bytes.size(), 0) != status.st_size) throw std::runtime_error("pread");
  return bytes;
}

UniqueFd make_file(const MadeFile& spec) {
  const LogCapture quiet;
  UniqueFd fd = memory_file();
  Maker(spec, fd.get()).make();
  return fd;
}

std::string make_jpeg(int width, int height) {
  MadeFile spec;
  spec.muxer = "mjpeg";
  spec.videos[0].graph = fmt::format("testsrc2=size={}x{}:rate=1:duration=1", width, height);
  spec.videos[0].encoder = "mjpeg";
  spec.videos[0].pixels = AV_PIX_FMT_YUVJ420P;
  return content(make_file(spec).get());
}

std::vector<double> FoundStream::times() const {
  std::vector<double> times;
  for (const FoundPacket& packet : packets) times.push_back(packet.pts);
  std::ranges::sort(times);
  return times;
}

std::vector<const FoundStream*> FoundFile::of(const std::string& type) const {
  std::vector<const FoundStream*> found;
  for (const FoundStream& stream : streams)
    if (stream.type == type) found.push_back(&stream);
  return found;
}

FoundFile read_file(int fd) {
  const LogCapture quiet;
  auto io = FdIo::create(fd, FdIo::Mode::read);
  AVFormatContext* context = must(avformat_alloc_context(), "context");
  context->pb = (*io)->context();
  must(avformat_open_input(&context, "", nullptr, nullptr), "open");
  const InputContextPtr format(context);
  must(avformat_find_stream_info(context, nullptr), "info");
  FoundFile file;
  file.format = context->iformat->name;
  file.duration = context->duration > 0 ? static_cast<double>(context->duration) / AV_TIME_BASE : 0;
  file.start = context->start_time != AV_NOPTS_VALUE ? static_cast<double>(context->start_time) / AV_TIME_BASE : 0;
  file.tags = tags_of(context->metadata);
  for (unsigned n = 0; n < context->nb_streams; ++n) file.streams.push_back(describe(*context->streams[n]));
  for (unsigned n = 0; n < context->nb_chapters; ++n) {
    const AVChapter& chapter = *context->chapters[n];
    const double tick = av_q2d(chapter.time_base);
    const auto title = tags_of(chapter.metadata)["title"];
    file.chapters.push_back(
        {static_cast<double>(chapter.start) * tick, static_cast<double>(chapter.end) * tick, title});
  }
  const PacketPtr packet(av_packet_alloc());
  while (av_read_frame(context, packet.get()) >= 0) {
    auto& stream = file.streams[static_cast<std::size_t>(packet->stream_index)];
    stream.packets.push_back(describe(*packet, stream.time_base));
    av_packet_unref(packet.get());
  }
  return file;
}

}  // namespace hevcpool::test
