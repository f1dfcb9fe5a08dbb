// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/page.h"

#include "profile/page_assets.h"
#include "profile/pareto.h"

#include <nlohmann/json.hpp>

namespace hevcpool::profile {
namespace {

using nlohmann::json;

// No text of a file may end the element that holds it.
std::string inside_script(const json& data) {
  std::string text = data.dump(-1, ' ', false, json::error_handler_t::replace);
  for (std::size_t at = text.find('<'); at != std::string::npos; at = text.find('<', at + 6))
    text.replace(at, 1, "\\u003c");
  return text;
}

std::string page(const json& data) {
  std::string text = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>hevcpool</title>\n"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                     "<link rel=\"icon\" href=\"data:,\">\n<style>\n";
  text.append(assets::kPlotCss).append("\n").append(assets::kPageCss);
  text.append("</style></head><body><main id=\"page\"></main>\n<script type=\"application/json\" id=\"data\">");
  text.append(inside_script(data));
  text.append("</script>\n<!-- uPlot:\n").append(assets::kPlotLicence).append("-->\n<script>");
  text.append(assets::kPlotJs).append("</script>\n<script>\n").append(assets::kDrawJs);
  text.append("</script>\n<script>\n").append(assets::kPageJs);
  return text + "</script></body></html>\n";
}

}  // namespace

std::string runs_page(const std::vector<json>& runs, bool is_sweep) {
  json data = {{"kind", is_sweep ? "sweep" : "runs"}, {"runs", runs}};
  if (is_sweep) {
    std::vector<Run> figures;
    for (json& run : data["runs"]) {
      figures.push_back(read_run(run));
      run.erase("task");
    }
    data["front"] = pareto_front(figures);
  }
  return page(data);
}

std::string batch_page(const json& batch) {
  json data = batch;
  data["kind"] = "batch";
  return page(data);
}

}  // namespace hevcpool::profile
