// SPDX-License-Identifier: GPL-2.0-or-later
// What the program says about its confinement, and what it does where the kernel lacks a layer: a filter set before
// it starts plays that kernel.
#include "faults/matrix.h"
#include "faults/stage.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>

namespace hevcpool::faults {
namespace {

using testing::HasSubstr;
using testing::Not;

// From now on the call answers ENOSYS, here and in every program that is run from here.
void lose_call(unsigned number) {
  std::array<sock_filter, 4> code{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
    ::_exit(126);
}

constexpr unsigned kLandlock = 444, kSeccomp = SYS_seccomp;

class ConfinementTest : public ::testing::Test {
 protected:
  Finished run_without(unsigned call, std::vector<std::string> options, bool json = true) {
    Program program = stage_.command(std::move(options));
    if (!json) std::erase(program.arguments, "--json");
    if (call) program.in_child = [call] { lose_call(call); };
    return run(program);
  }
  static nlohmann::json layer(const Finished& finished, const std::string& name) {
    const auto start = finished.events("start");
    if (start.size() != 1) return {};
    for (const auto& each : start[0]["sandbox"]["layers"])
      if (each.value("name", "") == name) return each;
    return {};
  }
  static std::size_t times_said(const Finished& finished, std::string_view text) {
    std::size_t count = 0;
    for (auto at = finished.err.find(text); at != std::string::npos; at = finished.err.find(text, at + 1)) ++count;
    return count;
  }
  Stage stage_;
};

TEST_F(ConfinementTest, TheStartEventNamesEveryLayer) {
  const Finished finished = run_without(0, {});
  for (const char* name : {"environment", "rlimits", "capabilities", "no_new_privs", "landlock", "seccomp"})
    EXPECT_TRUE(layer(finished, name).value("active", false)) << name << "\n" << finished.describe();
  EXPECT_TRUE(finished.events("start")[0]["sandbox"].value("complete", false));
  EXPECT_EQ(times_said(finished, "confined"), 0u);
}

TEST_F(ConfinementTest, VerboseSaysWhatIsActive) {
  const Finished finished = run_without(0, {"-v"}, false);
  EXPECT_THAT(finished.err, HasSubstr("confined by: "));
  EXPECT_THAT(finished.err, HasSubstr("landlock (ABI"));
  EXPECT_THAT(finished.err, HasSubstr("seccomp"));
}

TEST_F(ConfinementTest, TheDoctorSaysWhatIsActiveAndWhatIsMissing) {
  Program program;
  program.arguments = {"doctor"};
  const Finished well = run(program);
  EXPECT_EQ(well.status, 0) << well.describe();
  EXPECT_THAT(well.out, HasSubstr("all layers are active"));
  program.in_child = [] { lose_call(kLandlock); };
  const Finished ill = run(program);
  EXPECT_EQ(ill.status, 1) << ill.describe();
  EXPECT_THAT(ill.out, HasSubstr("NOT all layers are active"));
  EXPECT_THAT(ill.out, HasSubstr("the kernel has no Landlock"));
}

TEST_F(ConfinementTest, AMissingLayerIsSaidOnceAndTheRestStaysOn) {
  for (const auto& [call, lost, kept] : {std::tuple{kLandlock, "landlock", "seccomp"}, {kSeccomp, "seccomp", "landlock"}}) {
    stage_.reset();
    const Finished lines = run_without(call, {}, false);
    EXPECT_EQ(lines.status, 0) << lines.describe();
    EXPECT_EQ(times_said(lines, "confined only in part"), 1u) << lines.err;
    EXPECT_THAT(lines.err, HasSubstr(fmt::format("missing: {}", lost)));
    EXPECT_EQ(broken_rule(stage_, lines, {.finished = true}), "") << lines.describe();
    stage_.reset();
    const Finished events = run_without(call, {});
    EXPECT_FALSE(layer(events, lost).value("active", true)) << events.describe();
    EXPECT_TRUE(layer(events, kept).value("active", false)) << events.describe();
    add_row(fmt::format("kernel without {}", lost), 2, "said once; JSON start; exit 0", "sources; complete outputs");
  }
}

TEST_F(ConfinementTest, WhereItIsRequiredAMissingLayerIsARefusal) {
  for (const unsigned call : {kLandlock, kSeccomp}) {
    const Finished finished = run_without(call, {"--require-sandbox"});
    EXPECT_EQ(finished.status, 1) << finished.describe();
    EXPECT_EQ(times_said(finished, "\n"), 1u) << finished.err;
    EXPECT_THAT(finished.err, HasSubstr("is missing"));
    EXPECT_EQ(finished.events().size(), 0u) << finished.out;
    EXPECT_EQ(broken_rule(stage_, finished), "") << finished.describe();
    add_row("kernel without a layer, --require-sandbox", 1,
            fmt::format("exit 1: {}", finished.err.substr(0, finished.err.find('\n'))), "sources");
  }
  const Finished fulfilled = run_without(0, {"--require-sandbox"});
  EXPECT_EQ(fulfilled.status, 0) << fulfilled.describe();
}

TEST_F(ConfinementTest, TheSmallTasksKnowItToo) {
  Program program;
  program.arguments = {"frames", "--require-sandbox", stage_.in() + "/one.mp4"};
  program.in_child = [] { lose_call(kLandlock); };
  const Finished refused = run(program);
  EXPECT_NE(refused.status, 0) << refused.describe();
  EXPECT_THAT(refused.err, HasSubstr("landlock is missing"));
  program.arguments = {"frames", "--json", stage_.in() + "/one.mp4"};
  EXPECT_FALSE(layer(run(program), "landlock").value("active", true));
  program.arguments = {"frames", stage_.in() + "/one.mp4"};
  EXPECT_EQ(times_said(run(program), "confined only in part"), 1u);
}

// Inspected, encoded and verified by one process each: what a file has taken over never sees another file.
TEST_F(ConfinementTest, FreshWorkersHaveOneJobEach) {
  const auto processes = [&](std::vector<std::string> options) {
    stage_.reset();
    const Finished finished = stage_.run_with(stage_.command(std::move(options)), kWrite, Action::count, 0, 0);
    EXPECT_EQ(broken_rule(stage_, finished, {.finished = true}), "") << finished.describe();
    return stage_.plan().processes.load();
  };
  // A run without the option may replace a worker, too: where the only idle one has made what is to be verified.
  constexpr auto kHostAndSupervisor = 2U;
  EXPECT_GE(processes({"--fresh-workers"}), kHostAndSupervisor + 3 * clips().size());
  EXPECT_LT(processes({}), kHostAndSupervisor + 3 * clips().size());
}

TEST_F(ConfinementTest, DoingWithoutIsLoud) {
  const Finished finished = run_without(0, {"--no-sandbox"});
  EXPECT_EQ(finished.status, 0);
  EXPECT_THAT(finished.err, HasSubstr("WARNING: --no-sandbox"));
  EXPECT_TRUE(finished.events("start")[0]["sandbox"]["layers"].empty());
}

#ifndef HEVCPOOL_SANITIZER
TEST_F(ConfinementTest, MemoryIsLimitedOnRequest) {
  const Finished enough = run_without(0, {"--worker-memory", "4096"});
  EXPECT_EQ(enough.status, 0) << enough.describe();
  EXPECT_THAT(layer(enough, "rlimits").value("detail", ""), HasSubstr("4096 MiB"));
  stage_.reset();
  const Finished small = run_without(0, {"--worker-memory", "64"});
  EXPECT_EQ(small.status, 1) << small.describe();
  EXPECT_EQ(broken_rule(stage_, small), "") << small.describe();
}
#endif

}  // namespace
}  // namespace hevcpool::faults
