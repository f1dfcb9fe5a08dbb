// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/commands/doctor_command.h"

#include "base/cpus.h"
#include "cli/term/exit_code.h"
#include "cli/term/output.h"
#include "cli/term/version.h"

#include <hevcpool/sandbox.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

namespace hevcpool::cli {
namespace {

struct Findings {
  unsigned cpus = 1;
  SandboxReport sandbox;
  std::string problem;  // why the sandbox could not be tried
};

Findings examine() {
  Findings found;
  found.cpus = usable_cpus();
  found.sandbox = probe_sandbox(&found.problem);
  return found;
}

std::string as_text(const Findings& found) {
  std::string text = fmt::format("{}\nusable CPUs   {}\n\nconfinement of workers\n", version_text(), found.cpus);
  text += found.sandbox.layers.empty() ? "none: " + found.problem + "\n" : found.sandbox.text();
  return text + (found.sandbox.complete() ? "\nall layers are active\n" : "\nNOT all layers are active\n");
}

std::string as_json(const Findings& found) {
  const nlohmann::ordered_json object = {{"version", version_text()},
                                         {"cpus", found.cpus},
                                         {"sandbox", nlohmann::ordered_json::parse(found.sandbox.json())},
                                         {"problem", found.problem}};
  return object.dump() + "\n";
}

int report(bool json) {
  const Findings found = examine();
  Output out(STDOUT_FILENO);
  out.write(json ? as_json(found) : as_text(found));
  out.drain(30);
  return found.sandbox.complete() ? kExitDone : kExitFailed;
}

}  // namespace

int doctor_command(int argc, const char* const* argv) {
  CLI::App app("Shows what this machine offers: processors, memory, confinement.", "hevcpool doctor");
  bool json = false;
  app.add_flag("--json", json, "One JSON object on standard output");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitDone : kExitUsage;
  }
  return report(json);
}

}  // namespace hevcpool::cli
