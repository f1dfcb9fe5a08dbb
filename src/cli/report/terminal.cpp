// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/report/terminal.h"

#include "cli/term/text.h"

#include <fmt/format.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cmath>

namespace hevcpool::cli {
namespace {

constexpr int kBarColumns = 16;
constexpr int kBarNeeds = 70;   // terminals narrower than this show no bar...
constexpr int kRateNeeds = 48;  // ...and these no frame rate

// Rows that a line takes now, after the terminal may have folded it.
int rows_of(const std::string& line, int columns) {
  return std::max(1, (columns_of(line) + columns - 1) / columns);
}

std::string bar(double fraction) {
  constexpr std::string_view kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const int eighths = static_cast<int>(std::lround(std::clamp(fraction, 0.0, 1.0) * kBarColumns * 8));
  std::string text;
  for (int i = 0; i < eighths / 8; ++i) text += "█";
  text += kEighths[eighths % 8];
  return "▕" + padded(text, kBarColumns) + "▏";
}

std::string time_left(const JobView& job, double now) {
  const double fraction = job.progress.fraction, spent = now - job.started;
  if (fraction < 0.01 || spent < 1) return "";
  return clock_text(spent * (1 - fraction) / fraction) + " left";
}

std::string figures(const JobView& job, double now, int columns) {
  const double fraction = job.progress.fraction;
  std::string text = fraction > 0 ? fmt::format("{:3.0f} %", std::floor(fraction * 100))
                                  : fmt::format("{} frames", job.progress.frames);
  if (columns >= kBarNeeds) text += " " + bar(fraction);
  if (columns >= kRateNeeds) text += fmt::format(" {:7.1f} fps {:>12}", job.progress.fps, time_left(job, now));
  return text;
}

std::string job_line(const JobView& job, double now, int columns) {
  const std::string right = figures(job, now, columns);
  const int room = columns - 2 - columns_of(right);
  return padded(printable(job.name), room) + "  " + right;
}

std::string total_line(const BatchState& state, double now, int columns, bool stopping) {
  const Counts& counts = state.counts();
  std::string text = fmt::format("{}/{} done", counts.done(), state.jobs().size());
  if (counts.failed > 0) text += fmt::format(", {} failed", counts.failed);
  if (stopping) text += ", stopping";
  text += fmt::format("  {:.0f} %  {}", std::floor(state.fraction() * 100),
                      clock_text(std::floor(state.elapsed(now))));
  if (const auto left = state.remaining(now); left && !stopping)
    text += fmt::format("  ETA {}", clock_text(*left));
  return shortened(text, columns);
}

}  // namespace

TerminalSize terminal_size(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return {};
  return {size.ws_col, std::max<int>(size.ws_row, 2)};
}

std::string LiveRegion::frame(std::string_view scrolled, const std::vector<std::string>& lines, TerminalSize size) {
  int up = -1;  // the cursor rests on the last line of the region
  for (const std::string& line : shown_) up += rows_of(line, size.columns);
  std::string text = "\r";
  if (up > 0) text += fmt::format("\x1b[{}A", up);
  while (!scrolled.empty()) {
    const auto end = std::min(scrolled.find('\n'), scrolled.size());
    text.append(scrolled.substr(0, end)).append("\x1b[K\n");
    scrolled.remove_prefix(std::min(end + 1, scrolled.size()));
  }
  for (std::size_t i = 0; i < lines.size(); ++i) text.append(i > 0 ? "\n" : "").append(lines[i]).append("\x1b[K");
  text += "\x1b[J";
  shown_ = lines;
  return text;
}

// A column is left free: a terminal that has filled its last one may already have gone to the next line.
std::vector<std::string> status_lines(const BatchState& state, double now, TerminalSize size, bool stopping) {
  const int columns = std::max(8, size.columns - 1);
  const std::size_t room = static_cast<std::size_t>(std::max(1, size.rows - 2));
  std::vector<std::string> lines;
  for (const std::size_t job : state.running()) {
    if (lines.size() + 1 >= room && state.running().size() > room) break;
    lines.push_back(job_line(state.jobs()[job], now, columns));
  }
  if (const std::size_t hidden = state.running().size() - lines.size(); hidden > 0)
    lines.push_back(fmt::format("… and {} more", hidden));
  lines.push_back(total_line(state, now, columns, stopping));
  return lines;
}

}  // namespace hevcpool::cli
