// SPDX-License-Identifier: GPL-2.0-or-later
#include "sound.h"

#include "media/input/frame_reader.h"
#include "media/input/input_file.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <span>
#include <stdexcept>

namespace hevcpool::test {
namespace {

using namespace hevcpool::media;

constexpr int kLowTone = 60;  // an LFE channel takes nothing else
constexpr int kMostTones = 12;

int tone(AVChannel channel, int number) { return channel == AV_CHAN_LOW_FREQUENCY ? kLowTone : 300 + 200 * number; }

ResamplerPtr to_doubles(const AVFrame& frame) {
  SwrContext* made = nullptr;
  AVChannelLayout layout = frame.ch_layout;  // libav before 6 asks for one that it may change
  swr_alloc_set_opts2(&made, &layout, AV_SAMPLE_FMT_DBLP, frame.sample_rate, &layout,
                      static_cast<AVSampleFormat>(frame.format), frame.sample_rate, 0, nullptr);
  ResamplerPtr resampler(made);
  if (swr_init(made) < 0) throw std::runtime_error("resampler");
  return resampler;
}

void add(const AVFrame& frame, Sound& sound) {
  const auto channels = static_cast<std::size_t>(frame.ch_layout.nb_channels);
  sound.channels.resize(std::max(channels, sound.channels.size()));
  std::vector<std::vector<double>> samples(channels, std::vector<double>(static_cast<std::size_t>(frame.nb_samples)));
  std::vector<std::uint8_t*> out;
  for (auto& channel : samples) out.push_back(reinterpret_cast<std::uint8_t*>(channel.data()));
  const ResamplerPtr resampler = to_doubles(frame);
  swr_convert(resampler.get(), out.data(), frame.nb_samples, const_cast<const std::uint8_t**>(frame.extended_data),
              frame.nb_samples);
  for (std::size_t c = 0; c < channels; ++c)
    sound.channels[c].insert(sound.channels[c].end(), samples[c].begin(), samples[c].end());
}

double strength(std::span<const double> samples, int rate, int hertz) {
  double real = 0, imaginary = 0;
  for (std::size_t n = 0; n < samples.size(); ++n) {
    const double angle = 2 * std::numbers::pi * hertz * static_cast<double>(n) / rate;
    real += samples[n] * std::cos(angle);
    imaginary += samples[n] * std::sin(angle);
  }
  return std::hypot(real, imaginary) / static_cast<double>(std::max<std::size_t>(1, samples.size()));
}

AVChannelLayout layout_named(const std::string& name) {
  AVChannelLayout layout{};
  if (av_channel_layout_from_string(&layout, name.c_str()) < 0) throw std::runtime_error(name);
  return layout;
}

}  // namespace

Sound listen(int fd) {
  auto file = InputFile::open(fd, "");
  if (!file) throw std::runtime_error(file.error().message);
  const auto streams = file->streams_of(AVMEDIA_TYPE_AUDIO);
  auto reader = streams.empty() ? Expected<FrameReader>(fail("test", "no_audio", "no sound"))
                                : FrameReader::create(file->format(), *streams.front());
  if (!reader) throw std::runtime_error(reader.error().message);
  Sound sound;
  for (;;) {
    const auto frame = reader->next();
    if (!frame) throw std::runtime_error(frame.error().message);
    if (!*frame) return sound;
    std::array<char, 64> text{};
    av_channel_layout_describe(&(*frame)->ch_layout, text.data(), text.size());
    sound.layout = text.data();
    sound.format = av_get_sample_fmt_name(static_cast<AVSampleFormat>((*frame)->format));
    sound.rate = (*frame)->sample_rate;
    add(**frame, sound);
  }
}

double Sound::seconds() const {
  return channels.empty() ? 0 : static_cast<double>(channels[0].size()) / rate;
}

double Sound::peak() const { return level(0, seconds()); }

double Sound::level(double from, double to) const {
  double most = 0;
  for (const auto& channel : channels)
    for (auto n = static_cast<std::size_t>(from * rate); n < std::min(channel.size(), static_cast<std::size_t>(to * rate)); ++n)
      most = std::max(most, std::abs(channel[n]));
  return most;
}

int Sound::hertz(std::size_t channel, Part part) const {
  const std::span<const double> all(channels.at(channel));
  const auto at = [&](double share) { return static_cast<std::size_t>(static_cast<double>(all.size()) * share); };
  const auto samples = all.subspan(at(part.from), at(part.to) - at(part.from));
  int best = 0;
  double most = 0.02;
  for (int n = -1; n < kMostTones; ++n) {
    const int candidate = n < 0 ? kLowTone : 300 + 200 * n;
    const double found = strength(samples, rate, candidate);
    if (found > most) best = candidate, most = found;
  }
  return best;
}

std::vector<int> tones_of(const std::string& layout) {
  const AVChannelLayout known = layout_named(layout);
  std::vector<int> out;
  for (int n = 0; n < known.nb_channels; ++n)
    out.push_back(tone(av_channel_layout_channel_from_index(&known, static_cast<unsigned>(n)), n));
  return out;
}

std::string tones(const std::string& layout, double seconds, int rate) {
  std::string expressions;
  for (const int hertz : tones_of(layout))
    expressions += fmt::format("{}0.25*sin(2*PI*{}*t)", expressions.empty() ? "" : "|", hertz);
  return fmt::format("aevalsrc=exprs='{}':channel_layout={}:sample_rate={}:duration={}", expressions, layout, rate, seconds);
}

}  // namespace hevcpool::test
