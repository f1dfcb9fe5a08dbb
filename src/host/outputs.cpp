// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/outputs.h"

#include "host/files.h"

#include <algorithm>
#include <cctype>

namespace hevcpool::host {

namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::string stem(const Encode& encode) {
  if (!encode.output_stem.empty()) return encode.output_stem;
  return stem_of(encode.input) + (encode.replace ? "" : ".hevc");
}

}  // namespace

std::string extension(Container container) {
  switch (container) {
    case Container::mp4: return ".mp4";
    case Container::mkv: return ".mkv";
    case Container::mov: return ".mov";
    case Container::automatic: break;
  }
  return "";
}

Container container_of(const std::string& path) {
  auto wanted = lower(extension_of(path));
  if (wanted == ".mp4" || wanted == ".m4v") return Container::mp4;
  if (wanted == ".mkv") return Container::mkv;
  if (wanted == ".mov" || wanted == ".qt") return Container::mov;
  return Container::automatic;
}

EncodeOptions effective_options(const Encode& encode) {
  auto options = encode.options;
  if (options.container == Container::automatic && !encode.output.empty())
    options.container = container_of(encode.output);
  return options;
}

std::string output_path(const Encode& encode, Container container) {
  if (!encode.output.empty()) return encode.output;
  if (encode.replace && encode.output_stem.empty() && container_of(encode.input) == container) return encode.input;
  return stem(encode) + extension(container);
}

std::vector<std::string> possible_outputs(const Encode& encode) {
  auto container = effective_options(encode).container;
  if (!encode.output.empty() || container != Container::automatic) return {output_path(encode, container)};
  std::vector<std::string> paths;
  for (auto candidate : {Container::mp4, Container::mkv, Container::mov})
    paths.push_back(output_path(encode, candidate));
  return paths;
}

}  // namespace hevcpool::host
