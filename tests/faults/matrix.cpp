// SPDX-License-Identifier: GPL-2.0-or-later
#include "faults/matrix.h"

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <set>

namespace hevcpool::faults {
namespace {

struct Row {
  std::string fault;
  int runs = 0;
  std::string seen, left;
};

class Table : public ::testing::Environment {
 public:
  void add(Row row) { rows_.push_back(std::move(row)); }
  void TearDown() override {
    if (rows_.empty()) return;
    std::string text = "| fault | runs | what the user sees | what is left on disk |\n|---|---|---|---|\n";
    for (const Row& row : rows_)
      text += fmt::format("| {} | {} | {} | {} |\n", row.fault, row.runs, row.seen, row.left);
    std::cout << text;
    if (const char* path = std::getenv("HEVCPOOL_FAULT_TABLE")) std::ofstream(path, std::ios::app) << text;
  }

 private:
  std::vector<Row> rows_;
};

// GoogleTest owns it.
Table* const table = static_cast<Table*>(::testing::AddGlobalTestEnvironment(new Table));

bool is_temporary(const std::string& path) {
  const std::string name = std::filesystem::path(path).filename();
  return name.starts_with('.') && name.ends_with(".part");
}

bool is_state(const std::string& path) { return path.find(".hevcpool/") != std::string::npos; }

std::string relative_output(const std::string& path) { return path.substr(path.find('/') + 1); }

std::string broken_end(const Finished& finished, const Rules& rules) {
  if (finished.hung) return "it hung";
  if (finished.orphans) return "processes are left";
  if (rules.died) return "";
  if (finished.signal) return fmt::format("it died of signal {}", finished.signal);
  for (const auto& done : finished.events("done")) {
    if (done.value("status", "") != "failed") continue;
    const auto error = done.value("error", nlohmann::json::object());
    if (error.value("code", "").empty() || error.value("message", "").empty()) return "a failure without a reason";
  }
  return "";
}

std::string broken_output(const std::string& path, const std::string& bytes, const Rules& rules) {
  if (is_state(path)) return "";
  if (is_temporary(path)) return rules.died ? "" : path + " is left";
  const auto reference = reference_outputs().find(relative_output(path));
  if (reference == reference_outputs().end()) return path + " does not belong here";
  return bytes == reference->second ? "" : path + " is not the complete output";
}

std::string broken_source(const std::string& name, const Files& files, const Rules& rules) {
  const auto source = files.find("in/" + name);
  const bool whole = source != files.end() && source->second == clips().at(name);
  if (whole || !rules.replaced) return whole ? "" : "the source " + name + " is lost or changed";
  const std::string output = std::filesystem::path(name).stem().string();
  for (const auto& [path, bytes] : files)
    if (path.starts_with("in/" + output + ".") && !is_temporary(path))
      for (const auto& [reference, wanted] : reference_outputs())
        if (reference.starts_with(output + ".") && bytes == wanted) return "";
  return name + " is neither the old nor the new file";
}

}  // namespace

void add_row(const std::string& fault, int runs, const std::string& seen, const std::string& left) {
  table->add({fault, runs, seen, left});
}

std::string seen_by_user(const Finished& finished) {
  std::set<std::string> codes;
  for (const auto& done : finished.events("done"))
    if (done.contains("error") && done["error"].is_object())
      codes.insert(done["error"].value("stage", "") + " " + done["error"].value("code", ""));
  return fmt::format("exit {}{}{}", finished.status, codes.empty() ? "" : ": ", fmt::join(codes, ", "));
}

const Files& reference_outputs() {
  static const Files outputs = [] {
    Stage stage;
    const Finished finished = run(stage.command());
    EXPECT_EQ(finished.status, 0) << finished.describe();
    Files found;
    for (const auto& [path, bytes] : stage.files())
      if (path.starts_with("out/")) found[path.substr(4)] = bytes;
    EXPECT_EQ(found.size(), clips().size());
    return found;
  }();
  return outputs;
}

std::string broken_rule(const Stage& stage, const Finished& finished, const Rules& rules) {
  if (std::string broken = broken_end(finished, rules); !broken.empty()) return broken;
  const Files files = stage.files();
  for (const auto& [name, bytes] : clips())
    if (std::string broken = broken_source(name, files, rules); !broken.empty()) return broken;
  std::size_t outputs = 0;
  for (const auto& [path, bytes] : files) {
    if (path.starts_with("in/") && clips().contains(path.substr(3))) continue;
    if (std::string broken = broken_output(path, bytes, rules); !broken.empty()) return broken;
    ++outputs;
  }
  if (rules.finished && !rules.replaced && outputs < reference_outputs().size()) return "outputs are missing";
  return "";
}

std::vector<std::uint64_t> positions(std::uint64_t total, std::uint64_t few) {
  const char* wanted = std::getenv("HEVCPOOL_FAULTS");
  if (wanted && std::string_view(wanted) == "all") few = total;
  std::set<std::uint64_t> chosen;
  for (std::uint64_t i = 0; i < few && total; ++i) chosen.insert(few < 2 ? 1 : 1 + i * (total - 1) / (few - 1));
  return {chosen.begin(), chosen.end()};
}

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

}  // namespace hevcpool::faults
