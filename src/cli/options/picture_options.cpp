// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/options/picture_options.h"

#include <map>

namespace hevcpool::cli {

void add_picture_options(CLI::App& app, StillOptions& options) {
  static const std::map<std::string, StillFormat> kFormats{
      {"jpeg", StillFormat::jpeg}, {"jpg", StillFormat::jpeg}, {"png", StillFormat::png}, {"webp", StillFormat::webp}};
  app.option_defaults()->group("Picture");
  app.add_option("--format", options.format, "jpeg, png or webp; default: by the output's extension, else jpeg")
      ->transform(CLI::CheckedTransformer(kFormats, CLI::ignore_case));
  app.add_option("--width", options.width, "Pixels; the other side follows the display aspect ratio");
  app.add_option("--height", options.height, "Pixels; with --width: fits inside both");
  app.add_flag("--fill", options.crop_to_fill, "Fill --width and --height; crop what is too large");
  app.add_option("--quality", options.quality, "1 to 100 for JPEG and WebP; default 85")->check(CLI::Range(1, 100));
  app.add_flag("--grey,--gray", options.grey, "Convert to greyscale");
  app.add_flag_callback("--no-tone-map", [&options] { options.tone_map = false; },
                        "Do not tone-map HDR pictures to SDR");
}

}  // namespace hevcpool::cli
