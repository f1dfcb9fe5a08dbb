// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/bench/bench_page.h"

#include "cli/bench/statistics.h"
#include "cli/term/text.h"
#include "profile/html_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace hevcpool::cli {
namespace {

using profile::html_text;

constexpr const char* kHead = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>hevcpool bench</title><style>
body { font: 15px/1.4 system-ui, sans-serif; margin: 2em auto; max-width: 60em; padding: 0 1em; color: #222 }
table { border-collapse: collapse; width: 100% } th, td { padding: .25em .5em; text-align: right; white-space: nowrap }
th { font-weight: 600; border-bottom: 1px solid #bbb } td:first-child, th:first-child { text-align: left }
td.bar { width: 40%; text-align: left } td.bar div { height: 1.1em; background: #9db4c8; border-radius: 2px }
tr.ours td.bar div { background: #2f7d4f } tr.limit td.bar div { background: none; border: 1px dashed #888 }
tr.ours { font-weight: 600 } p { color: #555 }
</style></head><body>
)";

// Of the longest.
std::string bar(double value, double most) {
  return fmt::format("<td class=\"bar\"><div style=\"width:{:.1f}%\"></div></td>", most > 0 ? 100 * value / most : 0);
}

std::string peer_row(const PeerFigures& peer, const PeerFigures& ours, double most) {
  if (!peer.missing.empty())
    return fmt::format("<tr><td>{}</td><td colspan=\"7\">{} is not installed</td></tr>\n", html_text(peer.name),
                       html_text(peer.missing));
  return fmt::format("<tr{}><td>{}</td>{}<td>{:.2f}</td><td>{:.2f}</td><td>{}</td><td>{}</td><td>{:.4f}</td>"
                     "<td>{:.2f}</td></tr>\n",
                     &peer == &ours ? " class=\"ours\"" : "", html_text(peer.name), bar(median(peer.wall), most),
                     median(peer.wall), median(peer.cpu), bytes_text(static_cast<std::uint64_t>(peer.memory)),
                     bytes_text(peer.bytes), peer.ssim, paired_ratio(peer.wall, ours.wall));
}

std::string section(const BatchFigures& batch) {
  const PeerFigures& ours = batch.peers.front();
  double most = 0;
  for (const PeerFigures& peer : batch.peers) most = std::max(most, median(peer.wall));
  std::string text = fmt::format(
      "<h2>{}</h2><p>{}, {} files</p>\n<table><tr><th></th><th></th><th>wall s</th><th>CPU s</th><th>memory</th>"
      "<th>output</th><th>SSIM</th><th>ratio</th></tr>\n",
      html_text(batch.name), html_text(batch.about), batch.files);
  for (const PeerFigures& peer : batch.peers) text += peer_row(peer, ours, most);
  if (!batch.limit.empty())
    text += fmt::format("<tr class=\"limit\"><td>the work alone, no idle core</td>{}<td>{:.2f}</td><td colspan=\"5\">"
                        "hevcpool reaches {:.3f} of it</td></tr>\n",
                        bar(median(batch.limit), most), median(batch.limit), paired_ratio(batch.limit, ours.wall));
  return text + "</table>\n";
}

std::string small_row(const SmallPeer& peer, const SmallFigures& figures, double most) {
  if (!peer.missing.empty())
    return fmt::format("<tr><td>{}</td><td colspan=\"5\">not measured: {}</td></tr>\n", html_text(peer.name),
                       html_text(peer.missing));
  const SmallPeer& ours = figures.peers.front();
  return fmt::format("<tr{}><td>{}</td>{}<td>{:.2f}</td><td>{:.2f}</td><td>{:.2f}</td><td>{}</td></tr>\n",
                     &peer == &ours ? " class=\"ours\"" : "", html_text(peer.name), bar(median(peer.wall), most),
                     median(peer.wall), median(peer.cpu), paired_ratio(peer.wall, ours.wall),
                     html_text(small_remark(peer, figures)));
}

std::string section(const SmallFigures& figures) {
  double most = 0;
  for (const SmallPeer& peer : figures.peers) most = std::max(most, median(peer.wall));
  std::string text = fmt::format("<h2>{}</h2><p>{}</p>\n<table><tr><th></th><th></th><th>wall s</th><th>CPU s</th>"
                                 "<th>ratio</th><th></th></tr>\n",
                                 html_text(figures.scenario), html_text(figures.about));
  for (const SmallPeer& peer : figures.peers) text += small_row(peer, figures, most);
  text += "</table>\n";
  for (const std::string& note : figures.notes) text += fmt::format("<p>{}</p>\n", html_text(note));
  return text;
}

}  // namespace

std::string bench_page(const BenchFindings& findings) {
  std::string page = kHead;
  page += fmt::format("<h1>hevcpool bench</h1><p>{} cores, preset {}, CRF {:g}, medians of {} rounds. Memory is the most "
                      "that all processes held at one moment; ratio is their time over ours, round by round.</p>\n",
                      findings.settings.cores, html_text(findings.settings.preset), findings.settings.crf,
                      findings.rounds);
  for (const BatchFigures& batch : findings.batches) page += section(batch);
  for (const SmallFigures& figures : findings.small) page += section(figures);
  if (findings.noop) page += fmt::format("<h2>jobs that do nothing</h2><pre>{}</pre>", html_text(noop_table(*findings.noop)));
  return page + "</body></html>\n";
}

}  // namespace hevcpool::cli
