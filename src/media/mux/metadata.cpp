// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/mux/metadata.h"

#include "media/mux/labels.h"
#include "media/containers/matroska_tags.h"
#include "media/libav/tag_keys.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <string_view>

namespace hevcpool::media {
namespace {


template <class Keep>
void copy_tags(AVDictionary** to, const AVDictionary* from, Keep keep) {
  for (const AVDictionaryEntry* tag = nullptr; (tag = av_dict_get(from, "", tag, AV_DICT_IGNORE_SUFFIX));)
    if (keep(std::string_view(tag->key))) av_dict_set(to, tag->key, tag->value, 0);
}

void add_tag(AVStream& stream, const char* key, const char* value) {
  if (!av_dict_get(stream.metadata, key, nullptr, 0)) av_dict_set(&stream.metadata, key, value, 0);
}

const char* picture_type(AVCodecID codec) {
  switch (codec) {
    case AV_CODEC_ID_MJPEG: return "image/jpeg";
    case AV_CODEC_ID_PNG: return "image/png";
    case AV_CODEC_ID_GIF: return "image/gif";
    case AV_CODEC_ID_BMP: return "image/bmp";
    case AV_CODEC_ID_TIFF: return "image/tiff";
    case AV_CODEC_ID_WEBP: return "image/webp";
    default: return "application/octet-stream";
  }
}

const char* picture_name(AVCodecID codec) {
  switch (codec) {
    case AV_CODEC_ID_MJPEG: return "cover.jpg";
    case AV_CODEC_ID_PNG: return "cover.png";
    default: return "cover";
  }
}

// libav's Matroska muxer leaves out a stream's tag of this name; it takes it with a language, and without one again
// is how the tag is read.
void name_creation_time(AVDictionary*& tags) {
  const AVDictionaryEntry* entry = av_dict_get(tags, "creation_time", nullptr, 0);
  if (!entry) return;
  av_dict_set(&tags, "creation_time-und", entry->value, 0);
  av_dict_set(&tags, "creation_time", nullptr, 0);
}

Expected<void> set_content(AVCodecParameters& codec, const std::uint8_t* data, std::size_t size) {
  if (size > static_cast<std::size_t>(std::numeric_limits<int>::max() - AV_INPUT_BUFFER_PADDING_SIZE))
    return fail("mux", "attachment", "an attached file is too large");
  av_freep(&codec.extradata);
  codec.extradata = static_cast<std::uint8_t*>(av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE));
  if (!codec.extradata) return fail_av("mux", "attachment", AVERROR(ENOMEM));
  std::copy_n(data, size, codec.extradata);
  codec.extradata_size = static_cast<int>(size);
  return {};
}

}  // namespace

void copy_file_tags(const AVFormatContext& source, AVFormatContext& target) {
  copy_tags(&target.metadata, source.metadata, [](std::string_view key) { return !is_of_the_container(key); });
}

void copy_file_tags(const Source& source, Container container, Output& output) {
  copy_file_tags(source.format(), output.format());
  if (needs_free_keys(source.format(), container)) output.set_option("movflags", "+use_metadata_tags");
}

void copy_stream_tags(const AVStream& source, Container container, AVStream& output, bool encoded) {
  copy_tags(&output.metadata, source.metadata, [&](std::string_view key) {
    return !is_statistics(key) && !(encoded && among(key, std::array<std::string_view, 2>{"encoder", "vendor_id"}));
  });
  output.disposition = source.disposition;
  if (av_dict_get(output.metadata, "rotate", nullptr, 0)) av_dict_set(&output.metadata, "rotate", nullptr, 0);
  if (container == Container::mkv) name_creation_time(output.metadata);
}

namespace {

bool is_mov(std::string_view format) { return format == "mp4" || format == "mov" || format == "ipod" || format.starts_with("mov,"); }

// MP4 and MOV keep chapters as samples that follow one another without gaps: one without a title fills what comes before
// the first. Read from there it is none.
bool fills_the_beginning(const AVFormatContext& from, unsigned chapter) {
  if (chapter > 0 || from.nb_chapters < 2 || !from.iformat || !is_mov(from.iformat->name)) return false;
  const AVDictionaryEntry* title = av_dict_get(from.chapters[0]->metadata, "title", nullptr, 0);
  return from.chapters[0]->start == 0 && (!title || *title->value == '\0');
}

Expected<void> fill_the_beginning(AVFormatContext& to) {
  if (to.nb_chapters == 0 || to.chapters[0]->start <= 0 || !is_mov(to.oformat->name)) return {};
  auto* chapter = static_cast<AVChapter*>(av_mallocz(sizeof(AVChapter)));
  if (!chapter) return fail_av("mux", "chapters", AVERROR(ENOMEM));
  chapter->time_base = to.chapters[0]->time_base;
  chapter->end = to.chapters[0]->start;
  av_dict_set(&chapter->metadata, "title", "", 0);  // the muxer leaves out chapters without any
  std::copy_backward(to.chapters, to.chapters + to.nb_chapters, to.chapters + to.nb_chapters + 1);
  to.chapters[0] = chapter;
  ++to.nb_chapters;
  return {};
}

}  // namespace

Expected<void> copy_chapters(const AVFormatContext& from, AVFormatContext& to, std::int64_t begin, std::int64_t end) {
  if (from.nb_chapters == 0) return {};
  to.chapters = static_cast<AVChapter**>(av_calloc(from.nb_chapters + 1, sizeof(AVChapter*)));
  if (!to.chapters) return fail_av("mux", "chapters", AVERROR(ENOMEM));
  for (unsigned n = 0; n < from.nb_chapters; ++n) {
    if (fills_the_beginning(from, n)) continue;
    const AVChapter& old = *from.chapters[n];
    const std::int64_t first = av_rescale_q(begin, kMicroseconds, old.time_base);
    const std::int64_t last = end == INT64_MAX ? INT64_MAX : av_rescale_q(end, kMicroseconds, old.time_base);
    if (old.start >= last || (old.end <= first && old.end > old.start)) continue;
    auto* chapter = static_cast<AVChapter*>(av_mallocz(sizeof(AVChapter)));
    if (!chapter) return fail_av("mux", "chapters", AVERROR(ENOMEM));
    chapter->id = old.id;
    chapter->time_base = old.time_base;
    chapter->start = std::max<std::int64_t>(0, old.start - first);
    chapter->end = std::min(old.end, last) - first;
    av_dict_copy(&chapter->metadata, old.metadata, 0);
    to.chapters[to.nb_chapters++] = chapter;
  }
  return fill_the_beginning(to);
}

Expected<void> add_attachment(const AVStream& source, AVStream& output) {
  const AVCodecParameters& from = *source.codecpar;
  output.codecpar->codec_type = AVMEDIA_TYPE_ATTACHMENT;
  output.codecpar->codec_id = from.codec_id;
  copy_tags(&output.metadata, source.metadata, [](std::string_view) { return true; });
  if (from.codec_type == AVMEDIA_TYPE_ATTACHMENT) {
    add_tag(output, "mimetype", "application/octet-stream");
    add_tag(output, "filename", fmt::format("attachment-{}", source.index).c_str());
    return set_content(*output.codecpar, from.extradata, static_cast<std::size_t>(from.extradata_size));
  }
  add_tag(output, "mimetype", picture_type(from.codec_id));
  add_tag(output, "filename", picture_name(from.codec_id));
  return set_content(*output.codecpar, source.attached_pic.data, static_cast<std::size_t>(source.attached_pic.size));
}

}  // namespace hevcpool::media
