// SPDX-License-Identifier: GPL-2.0-or-later
// A tool of the build: asks the program for the help of each command and writes manual pages and shell completions
// into a folder. Usage: hevcpool_documents PROGRAM FOLDER
#include "cli/docs/completions.h"
#include "cli/docs/man_page.h"
#include "cli/term/version.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

namespace {

namespace fs = std::filesystem;
using namespace hevcpool::cli;

struct ClosePipe {
  void operator()(FILE* pipe) const { ::pclose(pipe); }
};

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, ClosePipe> pipe(::popen(command.c_str(), "re"));
  std::string text;
  std::array<char, 4096> part{};
  while (pipe)
    if (const auto got = std::fread(part.data(), 1, part.size(), pipe.get()); got > 0) text.append(part.data(), got);
    else break;
  return text;
}

bool write(const fs::path& path, const std::string& text) {
  std::error_code ignored;
  fs::create_directories(path.parent_path(), ignored);
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  return file.good();
}

bool write_all(const std::vector<HelpPage>& pages, const fs::path& folder) {
  bool good = write(folder / "bash" / "hevcpool", bash_completion(pages)) &&
              write(folder / "zsh" / "_hevcpool", zsh_completion(pages)) &&
              write(folder / "fish" / "hevcpool.fish", fish_completion(pages)) &&
              write(folder / "man1" / "hevcpool.1", program_page(pages, version_text()));
  for (const HelpPage& page : pages)
    good = good && write(folder / "man1" / ("hevcpool-" + page.command + ".1"), command_page(page, version_text()));
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::fputs("usage: hevcpool_documents PROGRAM FOLDER\n", stderr), 2;
  const std::string program = std::string("'") + argv[1] + "'";
  std::vector<HelpPage> pages;
  for (const HelpCommand& command : read_commands(output_of(program + " --help")))
    pages.push_back(read_help(command, output_of(program + " " + command.name + " --help")));
  if (!pages.empty() && write_all(pages, argv[2])) return 0;
  std::fprintf(stderr, "hevcpool_documents: cannot ask %s or write into '%s'\n", argv[1], argv[2]);
  return 1;
}
