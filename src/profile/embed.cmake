# SPDX-License-Identifier: GPL-2.0-or-later
# Writes TARGET, a C++ source that holds the files of the page as texts.
set(text "// Made by embed.cmake\n#include \"profile/page_assets.h\"\n\nnamespace hevcpool::profile::assets {\n\n")
foreach(pair "kPageCss|${PAGE}/page.css" "kDrawJs|${PAGE}/draw.js" "kPageJs|${PAGE}/page.js" "kPlotCss|${UPLOT}/uPlot.min.css"
             "kPlotJs|${UPLOT}/uPlot.iife.min.js" "kPlotLicence|${UPLOT}/LICENSE")
  string(REPLACE "|" ";" pair "${pair}")
  list(GET pair 0 name)
  list(GET pair 1 file)
  file(READ "${file}" content HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," content "${content}")
  string(APPEND text "static constexpr unsigned char ${name}Bytes[] = {${content}};\n"
    "const std::string_view ${name}(reinterpret_cast<const char*>(${name}Bytes), sizeof ${name}Bytes);\n\n")
endforeach()
file(WRITE "${TARGET}" "${text}}  // namespace hevcpool::profile::assets\n")
