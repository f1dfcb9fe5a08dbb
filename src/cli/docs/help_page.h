// SPDX-License-Identifier: GPL-2.0-or-later
// A subcommand's --help, read back: what manual pages and shell completions are made of, so that neither can miss an
// option. Plain values; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hevcpool::cli {

struct HelpOption {
  std::vector<std::string> names;    // "-o", "--output"
  std::string value;                 // "PATH"; empty: takes none
  std::vector<std::string> choices;  // words that it accepts, where they are known
  std::string text;
  bool repeats = false;
};
struct HelpGroup {
  std::string title;                 // "Files"
  std::vector<HelpOption> options;
};
struct HelpPage {
  std::string command;               // "encode"
  std::string summary;               // from the list of commands
  std::string about;                 // lines
  std::string usage;                 // "hevcpool encode [OPTIONS] INPUT..."
  std::vector<HelpGroup> groups;
};

struct HelpCommand {
  std::string name, summary;
};

// The commands that `hevcpool --help` lists.
std::vector<HelpCommand> read_commands(std::string_view help);
// What `hevcpool COMMAND --help` prints.
HelpPage read_help(const HelpCommand& command, std::string_view help);

}  // namespace hevcpool::cli
