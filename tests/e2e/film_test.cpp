// SPDX-License-Identifier: GPL-2.0-or-later
// One film by several workers, through the real program: fixed cuts give the same bytes for any number of workers;
// what a killed run finished is not done again; other options start afresh.
#include "e2e/running.h"
#include "e2e/stage.h"

#include <gmock/gmock.h>
#include <signal.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace hevcpool::e2e {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr int kFramesOfAPiece = 72;  // 3 s

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// 18 s in which something happens, with a key frame every second.
const std::string& film() {
  static const test::TempFolder folder;
  static const std::string path = [] {
    std::string made = folder / "film.mp4";
    const std::string command =
        "ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=192x108:rate=24:duration=18 -c:v libx264 -preset "
        "ultrafast -g 24 -y '" + made + "'";
    EXPECT_EQ(std::system(command.c_str()), 0);
    return made;
  }();
  return path;
}

std::vector<std::string> command(const std::string& out, const std::string& workers, const std::string& preset,
                                 const std::string& split = "3") {
  return {"encode", "-j", workers, "--preset", preset, "--split", split, "--json", film(), "-o", out};
}

// The pieces that are finished in the work folder beside `output`.
std::size_t pieces(const fs::path& folder) {
  std::size_t count = 0;
  std::error_code none;
  for (fs::recursive_directory_iterator entry(folder / ".hevcpool", none), end; !none && entry != end;
       entry.increment(none))
    count += entry->path().extension() == ".seg";
  return count;
}

class FilmTest : public ::testing::Test {
 protected:
  End run(const std::vector<std::string>& arguments) {
    Running program(arguments);
    const End end = program.wait();
    said = program.out();
    EXPECT_EQ(end.exit_code, 0) << program.err();
    return end;
  }
  // Kills a run as soon as it has finished a piece.
  void run_and_kill(const std::string& out, const std::string& preset) {
    Running program(command(out, "1", preset));
    for (int turns = 0; pieces(folder.path()) < 2 && turns < 3000; ++turns)
      program.watch(std::chrono::milliseconds(10));
    program.send(SIGKILL);
    EXPECT_EQ(program.wait().signal, SIGKILL);
    EXPECT_EQ(orphans(), 0);
    ASSERT_GE(pieces(folder.path()), 2U);
    ASSERT_FALSE(fs::exists(out));
  }

  test::TempFolder folder;
  std::string said;
};

TEST_F(FilmTest, FixedCutsGiveTheSameBytesForAnyNumberOfWorkers) {
  std::string first;
  for (const std::string workers : {"1", "2", "7"}) {
    const std::string out = folder / ("by-" + workers + ".mp4");
    run(command(out, workers, "ultrafast"));
    const std::string bytes = bytes_of(out);
    ASSERT_FALSE(bytes.empty());
    if (first.empty()) first = bytes;
    EXPECT_EQ(bytes, first) << workers << " workers";
  }
  EXPECT_EQ(decoded(folder / "by-7.mp4"), "hevc,432");
  EXPECT_FALSE(fs::exists(folder / ".hevcpool"));
}

TEST_F(FilmTest, OneFilmAloneIsCutForIdleWorkers) {
  const std::string out = folder / "out.mp4", trace = folder / "trace.json";
  auto arguments = command(out, "2", "medium", "auto");
  arguments.insert(arguments.end(), {"--trace", trace});
  run(arguments);
  EXPECT_NE(bytes_of(trace).find("\"assemble "), std::string::npos) << "it was not put together from pieces";
  EXPECT_EQ(decoded(out), "hevc,432");
}

TEST_F(FilmTest, AKilledRunIsContinued) {
  const std::string out = folder / "out.mp4", reference = folder / "reference.mp4";
  run_and_kill(out, "fast");
  const std::size_t finished = pieces(folder.path());
  // One worker, so that all finished pieces are read again before the first new one reports.
  Running again(command(out, "1", "fast"));
  EXPECT_EQ(again.wait().exit_code, 0) << again.err();
  EXPECT_THAT(again.out(), ::testing::Not(HasSubstr("not used")));
  EXPECT_FALSE(fs::exists(folder / ".hevcpool"));
  // What the killed run finished counts from the beginning.
  for (const auto& event : events(again.out())) {
    if (event["event"] != "progress") continue;
    EXPECT_GE(event["frames"], static_cast<int>(finished) * kFramesOfAPiece);
    break;
  }
  run(command(reference, "2", "fast"));
  EXPECT_EQ(bytes_of(out), bytes_of(reference));
}

TEST_F(FilmTest, OtherOptionsStartAfreshAndSaySo) {
  const std::string out = folder / "out.mp4", reference = folder / "reference.mp4";
  run_and_kill(out, "fast");
  run(command(out, "2", "ultrafast"));
  EXPECT_THAT(said, HasSubstr("is not used"));
  EXPECT_FALSE(fs::exists(folder / ".hevcpool"));
  run(command(reference, "1", "ultrafast"));
  EXPECT_EQ(bytes_of(out), bytes_of(reference));
}

TEST_F(FilmTest, CleanRemovesWhatAKilledRunLeft) {
  run_and_kill(folder / "out.mp4", "fast");
  run({"clean", folder.path()});
  EXPECT_THAT(said, HasSubstr("out.mp4"));
  EXPECT_FALSE(fs::exists(folder / ".hevcpool"));
}

}  // namespace
}  // namespace hevcpool::e2e
