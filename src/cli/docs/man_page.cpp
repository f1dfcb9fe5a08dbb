// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/docs/man_page.h"

#include <fmt/format.h>

#include <map>

namespace hevcpool::cli {
namespace {

// Signs that roff would take for itself.
std::string roff(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') out += "\\e";
    else if (c == '-') out += "\\-";
    else if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) out += std::string("\\&") + c;
    else out += c;
  }
  return out;
}

struct Example {
  const char* command;
  const char* text;
};

const std::multimap<std::string, Example>& examples() {
  static const std::multimap<std::string, Example> kExamples{
      {"encode", {"hevcpool encode videos/", "Everything in a folder; each result beside its source."}},
      {"encode", {"hevcpool encode videos/ \\-o out/ \\-\\-crf 22 \\-\\-failed bad.txt",
                  "The same tree in another folder; what fails goes to a list that @bad.txt gives back."}},
      {"probe", {"hevcpool probe *.mp4 > metadata.jsonl", "A line of JSON for each file."}},
      {"thumbnail", {"hevcpool thumbnail film.mkv \\-\\-at 10%,50%,90% \\-\\-width 320", "Three pictures."}},
      {"thumbnail", {"hevcpool thumbnail film.mkv \\-n 100 \\-\\-nearest \\-\\-columns 10 \\-\\-width 160 \\-\\-vtt",
                     "A sprite sheet and its WebVTT map for a player's seek bar."}},
      {"clip", {"hevcpool clip film.mkv \\-\\-start 1:00 \\-\\-duration 30 \\-\\-smart",
                "Exactly these thirty seconds; only the edges are encoded."}},
      {"audio", {"hevcpool audio film.mkv", "The sound as it is, in its natural container."}},
      {"audio", {"hevcpool audio talks/ \\-o out/ \\-\\-codec opus \\-\\-normalise \\-16",
                 "All of a folder, at one loudness."}},
      {"image", {"hevcpool image photos/ \\-o grey/ \\-\\-grey \\-\\-width 1600", "A folder of photographs."}},
      {"frames", {"hevcpool frames film.mkv \\-\\-scenes \\-\\-black \\-\\-freeze", "What happens where."}},
      {"frames", {"hevcpool frames new.mp4 \\-\\-reference old.mp4 \\-\\-ssim \\-o ssim.csv", "Frame by frame."}},
      {"batch", {"hevcpool batch jobs.jsonl \\-\\-results done.jsonl \\-\\-resume", "Goes on where the last run ended."}},
      {"profile", {"hevcpool profile film.mkv \\-\\-duration 20 \\-\\-html page.html \\-\\-json a.json",
                   "Where the time of these twenty seconds went, on the terminal and as a page."}},
      {"profile", {"hevcpool profile a.json b.json \\-\\-html difference.html", "Two such runs beside each other."}},
      {"profile", {"hevcpool profile film.mkv \\-\\-duration 10 \\-\\-sweep preset=fast,medium,slow \\-\\-sweep crf=22,28",
                   "Speed, size and SSIM of six encodes."}},
      {"profile", {"bpftrace \\-e 'usdt:/usr/bin/hevcpool:hevcpool:frame_done { @bits[arg1] = hist(arg2); }'",
                   "Watches the encodes of a running pool from outside."}},
      {"batch", {"hevcpool batch jobs.jsonl \\-\\-failed bad.jsonl; hevcpool batch bad.jsonl", "Tries again what failed."}},
  };
  return kExamples;
}

std::string examples_section(const std::string& command) {
  const auto [first, last] = examples().equal_range(command);
  if (first == last) return {};
  std::string out = ".SH EXAMPLES\n";
  for (auto each = first; each != last; ++each)
    out += fmt::format(".TP\n.B {}\n{}\n", each->second.command, roff(each->second.text));
  return out;
}

constexpr const char* kProbes =
    ".SH PROBES\n"
    "Every worker has static probes (USDT, provider hevcpool) for\n.BR bpftrace (8)\nand\n.BR perf (1):\n"
    ".TP\n.B stage_begin, stage_end\nargument 0: the stage: 0 open, 1 read, 2 demux, 3 decode, 4 filter, 5 scale, "
    "10 audio, 11 mux, 12 write, 14 a call of x265\n"
    ".TP\n.B frame_done\narguments: number of the frame in presentation order, type as a character, bits, 100 times QP\n";

constexpr const char* kEvents =
    ".SH EVENTS\n"
    "With\n.B \\-\\-json\neach line of standard output is an object with a member\n.IR event :\n"
    ".TP\n.B start\njobs, workers, sandbox\n"
    ".TP\n.B plan\ninput, output, duration, frames, warnings: what is known before a file is encoded; with\n"
    ".B \\-\\-dry\\-run\nalso its streams and what becomes of each\n"
    ".TP\n.B progress\ninput, frames, fps, fraction\n"
    ".TP\n.B done\ninput, output, status (ok, failed, skipped, cancelled), reason, frames, seconds, bytes_in, "
    "bytes_out, attempts, warnings, error\n"
    ".TP\n.B summary\nok, failed, skipped, cancelled, total, seconds\n"
    ".PP\nOf a name that is not UTF\\-8,\n.I input\nor\n.I output\nis what can be shown of it;\n"
    ".I input_bytes\nor\n.I output_bytes\nbeside it has all its bytes, percent\\-encoded: caf%E9.avi.\n";

constexpr const char* kExitStatus =
    ".SH EXIT STATUS\n"
    ".TP\n.B 0\neverything is done, or rightly skipped\n"
    ".TP\n.B 1\nat least one file failed, the others are done; or results could not be written to standard output\n"
    ".TP\n.B 2\nthe request made no sense; nothing was started\n"
    ".TP\n.BR 130 \", \" 143 \", \" 129\n"
    "interrupted, terminated, hung up: finished outputs stay, unfinished ones leave no trace\n";

std::string heading(const std::string& name, const std::string& version) {
  return fmt::format(".\\\" made from the program's \\-\\-help\n.TH {} 1 \"\" \"{}\" \"User Commands\"\n", name, version);
}

std::string option_entry(const HelpOption& option) {
  std::string names;
  for (const std::string& name : option.names) names += (names.empty() ? "\\fB" : ", \\fB") + roff(name) + "\\fR";
  if (!option.value.empty()) names += " \\fI" + roff(option.value) + "\\fR";
  std::string text = roff(option.text);
  if (!option.choices.empty() && option.value.find('|') == std::string::npos) {
    std::string choices;
    for (const std::string& choice : option.choices) choices += (choices.empty() ? "" : ", ") + choice;
    text += fmt::format(" (one of: {})", roff(choices));
  }
  return fmt::format(".TP\n{}\n{}\n", names, text.empty() ? "\\&" : text);
}

}  // namespace

std::string program_page(const std::vector<HelpPage>& pages, const std::string& version) {
  std::string out = heading("HEVCPOOL", version);
  out += ".SH NAME\nhevcpool \\- bulk video conversion to H.265/HEVC\n"
         ".SH SYNOPSIS\n.B hevcpool\n.I COMMAND\n.RI [ options ]\\ ...\n"
         ".SH DESCRIPTION\n"
         "A pool of worker processes, as many as there are processors, does one small part of the work after the other\n"
         "in\\-process and never executes another program. A crash costs one attempt at one file. Outputs appear under\n"
         "their names only when they are complete.\n.SH COMMANDS\n";
  for (const HelpPage& page : pages)
    out += fmt::format(".TP\n.BR hevcpool\\-{} (1)\n{}\n", page.command, roff(page.summary));
  out += kExitStatus;
  return out + ".SH SEE ALSO\n.BR libhevcpool (3),\n.BR ffmpeg (1),\n.BR x265 (1)\n";
}

std::string command_page(const HelpPage& page, const std::string& version) {
  std::string name = "HEVCPOOL\\-";
  for (const char c : page.command) name += static_cast<char>(c - 'a' + 'A');
  std::string out = heading(name, version);
  out += fmt::format(".SH NAME\nhevcpool\\-{} \\- {}\n.SH SYNOPSIS\n.B {}\n.SH DESCRIPTION\n{}.SH OPTIONS\n",
                     page.command, roff(page.summary), roff(page.usage), roff(page.about));
  for (const HelpGroup& group : page.groups) {
    out += fmt::format(".SS {}\n", group.title);
    for (const HelpOption& option : group.options) out += option_entry(option);
  }
  out += examples_section(page.command);
  if (page.command == "encode") out += kEvents;
  if (page.command == "profile") out += kProbes;
  return out + kExitStatus + ".SH SEE ALSO\n.BR hevcpool (1)\n";
}

}  // namespace hevcpool::cli
