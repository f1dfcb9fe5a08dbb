// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/cgroup.h"

#include <fstream>
#include <iterator>
#include <sstream>

namespace hevcpool {
namespace {

void add_with_ancestors(std::vector<CgroupFolder>& folders, const std::string& mount, std::string group,
                        bool unified) {
  while (true) {
    folders.push_back({mount + group, unified});
    const auto slash = group.find_last_of('/');
    if (group.empty() || slash == std::string::npos) return;
    group.resize(slash);
  }
}

bool names(const std::string& controllers, std::string_view controller) {
  std::istringstream list(controllers);
  for (std::string name; std::getline(list, name, ',');)
    if (name == controller) return true;
  return false;
}

}  // namespace

std::vector<CgroupFolder> cgroup_folders(const std::string& root, const std::string& membership,
                                         std::string_view controller) {
  std::vector<CgroupFolder> folders;
  std::istringstream lines(membership);
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':');
    const auto second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    std::string group = line.substr(second + 1);
    if (group == "/") group.clear();
    if (controllers.empty()) {
      add_with_ancestors(folders, root, group, true);
      add_with_ancestors(folders, root + "/unified", group, true);
    } else if (names(controllers, controller)) {
      add_with_ancestors(folders, root + "/" + controllers, group, false);
      if (controllers != controller) add_with_ancestors(folders, root + "/" + std::string(controller), group, false);
    }
  }
  return folders;
}

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace hevcpool
