// SPDX-License-Identifier: GPL-2.0-or-later
#include "faults/stage.h"

#include "base/unique_fd.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <new>

namespace hevcpool::faults {
namespace {

namespace fs = std::filesystem;

std::string slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

fs::path new_folder() {
  std::string name = ::testing::TempDir() + "hevcpool-faults.XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  return fs::canonical(name);
}

void make_clip(const fs::path& to, const std::string& pattern, const std::string& codec) {
  const std::string command =
      fmt::format("ffmpeg -nostdin -loglevel error -f lavfi -i {} -f lavfi -i sine=d=0.3 -t 0.3 -bitexact {} '{}'",
                  pattern, codec, to.string());
  if (std::system(command.c_str()) != 0) throw std::runtime_error("cannot make " + to.string());
}

Files make_clips() {
  const fs::path folder = new_folder();
  make_clip(folder / "one.mp4", "testsrc2=s=96x64:r=25", "-c:v mpeg4 -c:a aac");
  make_clip(folder / "two.mkv", "mandelbrot=s=64x64:r=25", "-c:v mpeg2video -c:a mp2");
  make_clip(folder / "three.avi", "smptebars=s=80x48:r=25", "-c:v mjpeg -pix_fmt yuvj420p -c:a pcm_s16le");
  Files files;
  for (const auto& entry : fs::directory_iterator(folder)) files[entry.path().filename()] = slurp(entry.path());
  fs::remove_all(folder);
  return files;
}

}  // namespace

const Files& clips() {
  static const Files made = make_clips();
  return made;
}

Stage::Stage() : folder_(new_folder()), plan_path_(folder_.string() + ".plan") {
  const UniqueFd fd(::open(plan_path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (::ftruncate(fd.get(), sizeof(FaultPlan)) != 0) throw std::runtime_error("no plan");
  void* map = ::mmap(nullptr, sizeof(FaultPlan), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (map == MAP_FAILED) throw std::runtime_error("no plan");
  plan_ = new (map) FaultPlan;
  reset();
}

Stage::~Stage() {
  ::munmap(plan_, sizeof(FaultPlan));
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
  fs::remove(plan_path_, ignored);
}

void Stage::reset() {
  for (const auto& entry : fs::directory_iterator(folder_)) fs::remove_all(entry.path());
  fs::create_directories(in());
  fs::create_directories(out());
  for (const auto& [name, bytes] : clips()) std::ofstream(fs::path(in()) / name, std::ios::binary) << bytes;
}

Files Stage::files() const {
  Files found;
  for (const auto& entry : fs::recursive_directory_iterator(folder_))
    if (!entry.is_directory()) found[fs::relative(entry.path(), folder_)] = slurp(entry.path());
  return found;
}

Program Stage::command(std::vector<std::string> extra, bool beside) const {
  Program program;
  program.arguments = {"encode", in(), "--preset", "ultrafast", "--json", "-j", "2"};
  if (!beside) program.arguments.insert(program.arguments.end(), {"-o", out()});
  program.arguments.insert(program.arguments.end(), extra.begin(), extra.end());
  return program;
}

Finished Stage::run_with(Program program, std::uint32_t calls, Action action, std::uint64_t at, int error,
                         const std::string& only) {
  auto* plan = new (plan_) FaultPlan;
  plan->calls = calls;
  plan->action = action;
  plan->at = at;
  plan->error = error;
  std::strncpy(plan->folder.data(), (folder_.string() + only).c_str(), plan->folder.size() - 1);
  program.environment["LD_PRELOAD"] = HEVCPOOL_FAULT_LIBRARY;
  program.environment["HEVCPOOL_FAULT_PLAN"] = plan_path_;
  return run(program);
}

}  // namespace hevcpool::faults
