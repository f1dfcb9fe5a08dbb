// SPDX-License-Identifier: GPL-2.0-or-later
// Every attempt of the canary, in a real pool of confined workers, as root and as nobody: it is denied, another
// job that runs at the same time ends well, the pool takes more work, and nothing is left behind.
#include "sandbox/canary_task.h"

#include "base/unique_fd.h"
#include "pool/host.h"
#include "sandbox/confined_child.h"
#include "sandbox/landlock.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <grp.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace hevcpool::sandbox {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 90s;

// How an attempt has to end.
enum class End { says, dies, timed_out, task_fails };
struct Case {
  const char* attempt;
  End end;
  const char* text = "";  // says: the outcome · dies: the error's code · task_fails: the kind
  bool landlock = false;  // denied by Landlock alone
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.attempt; }

constexpr Case kCases[] = {
    {"open /etc/passwd", End::says, "EACCES", true},
    {"open another job's source", End::says, "EACCES", true},
    {"overwrite another job's source", End::says, "EACCES", true},
    {"remove another job's source", End::says, "EACCES", true},
    {"rename another job's source", End::says, "EACCES", true},
    {"cut another job's source", End::says, "EPERM"},
    {"change another job's mode", End::says, "EPERM"},
    {"list another job's folder", End::says, "EACCES", true},
    {"make a file", End::says, "EACCES", true},
    {"make an unnamed file", End::says, "EACCES", true},
    {"open a sibling's descriptors", End::says, "EACCES", true},
    {"read a sibling's environment", End::says, "EACCES", true},
    {"write to the source", End::says, "EBADF"},
    {"reopen the source for writing", End::says, "EACCES", true},
    {"link the output", End::says, "EPERM"},
    {"find a foreign file open", End::says, "nothing to find"},
    {"connect", End::dies, "SIGSYS"},
    {"bind", End::dies, "SIGSYS"},
    {"make a socket pair", End::dies, "SIGSYS"},
    {"exec", End::dies, "SIGSYS"},
    {"fork bomb", End::says, "EPERM"},
    {"ptrace a sibling", End::dies, "SIGSYS"},
    {"read a sibling's memory", End::dies, "SIGSYS"},
    {"steal a descriptor", End::says, "EPERM"},
    {"make a namespace", End::dies, "SIGSYS"},
    {"use io_uring", End::dies, "SIGSYS"},
    {"use bpf", End::dies, "SIGSYS"},
    {"use the key ring", End::dies, "SIGSYS"},
    {"mount", End::dies, "SIGSYS"},
    {"kill the supervisor", End::says, "EPERM"},
    {"kill the supervisor by thread", End::says, "EPERM"},
    {"queue a signal to the supervisor", End::says, "EPERM"},
    {"kill a sibling", End::says, "EPERM"},
    {"kill a sibling's group", End::says, "EPERM"},
    {"kill everything", End::says, "EPERM"},
    {"have the kernel signal the supervisor", End::says, "EPERM"},
    {"hold the supervisor to one CPU", End::says, "EPERM"},
    {"leave its group", End::says, "EPERM"},
    {"outlive its parent", End::says, "EPERM"},
#ifndef HEVCPOOL_SANITIZER
    {"allocate all memory", End::task_fails, "exception"},
#endif
    {"spin for ever", End::timed_out},
    {"spin for ever, deaf", End::timed_out},
    {"stop itself", End::timed_out},
    {"overflow its stack", End::dies, "SIGSEGV"},
    {"raise its limits", End::says, "EPERM"},
    {"open too many files", End::says, "EMFILE"},
    {"exit quietly", End::dies, "exit 0"},
    {"abort", End::dies, "SIGABRT"},
    {"send one byte", End::dies, "protocol"},
    {"send a wrong magic number", End::dies, "protocol"},
    {"send an unknown kind", End::dies, "protocol"},
    {"order as a host would", End::dies, "protocol"},
    {"claim a longer body", End::dies, "protocol"},
    {"claim a huge body", End::dies, "protocol"},
    {"send an oversized message", End::dies, "protocol"},
    {"claim a body file", End::dies, "protocol"},
    {"pass 1000 descriptors", End::dies, "protocol"},
    {"answer for everybody", End::dies, "protocol"},
    {"flood the supervisor", End::dies, "protocol"},
    {"flood with progress", End::timed_out},
    {"hang up", End::dies},
};

bool needs_time_limit(const Case& c) { return c.end == End::timed_out; }

// What went wrong with the attempt itself; empty when it was denied as it must be.
std::string wrong_with(const Case& c, const JobResult& result) {
  const std::string got = result.ok() ? "result " + result.body
                                      : fmt::format("{} {}: {}", to_string(result.error->kind), result.error->code,
                                                    result.error->message);
  const auto expect = [&](bool right) { return right ? std::string() : "it ended with " + got; };
  switch (c.end) {
    case End::says: return expect(result.ok() && result.body == nlohmann::json(c.text).dump());
    case End::dies:
      return expect(!result.ok() && result.error->kind == Failure::crash &&
                    (*c.text == 0 || result.error->code == c.text));
    case End::timed_out: return expect(!result.ok() && result.error->kind == Failure::timeout);
    case End::task_fails: return expect(!result.ok() && to_string(result.error->kind) == c.text);
  }
  return "?";
}

Expected<std::string> confine_worker(pool::WorkerSetupContext& context) {
  SandboxOptions options{.scratch_folder = context.scratch_folder()};
  options.address_space_bytes = std::uint64_t{2} << 30;
  HEVCPOOL_ASSIGN(const Confinement confinement, confine(options));
  return confinement.json();
}

// One pool, one intruder, one innocent job.
class Scene {
 public:
  explicit Scene(std::string folder) : folder_(std::move(folder)) {}

  std::string play(const Case& c) {
    PoolOptions options{.workers = 2, .tasks = canary_tasks(), .grace = 200ms};
    auto started = pool::Host::start(std::move(options), {}, confine_worker);
    if (!started) return "the pool did not start: " + started.error().message;
    host_ = std::move(*started);
    const std::string problem = play_all(c);
    const int supervisor = host_->supervisor_pid();
    host_->shutdown(Pool::Shutdown::drain);
    if (!problem.empty()) return problem;
    if (::kill(supervisor, 0) == 0) return "the supervisor outlives its pool";
    return source_is_whole() ? "" : "the other job's source was changed";
  }

 private:
  std::string play_all(const Case& c) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return "no pipe";
    const UniqueFd reader(ends[0]);
    UniqueFd writer(ends[1]);
    const Job innocent = host_->submit({.task = "bystander", .descriptors = {reader.get()}});
    const auto before = descriptors_of(host_->supervisor_pid());
    const Job intruder = attack(c);
    const auto denied = intruder.result(kPatience);
    if (!denied) return "the attempt never ended";
    if (const auto wrong = wrong_with(c, *denied); !wrong.empty()) return wrong;
    const auto echoed = host_->submit("echo", "[1,2]").result(kPatience);
    if (!echoed || !echoed->ok() || echoed->body != "[1,2]") return "the pool does no more work";
    if (descriptors_of(host_->supervisor_pid()) > before + 4) return "the supervisor keeps descriptors";
    writer.reset();
    const auto spared = innocent.result(kPatience);
    if (!spared || !spared->ok() || spared->body != "true" || spared->attempts != 1)
      return "the other job was disturbed: " + (spared && spared->error ? spared->error->message : "no result");
    return host_->lost() ? "the pool is lost" : "";
  }

  Job attack(const Case& c) {
    const std::string source = folder_ + "/own", output = folder_ + "/output";
    std::ofstream(source) << "mine";
    const UniqueFd in(::open(source.c_str(), O_RDONLY | O_CLOEXEC));
    const UniqueFd out(::open(output.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    std::ofstream(folder_ + "/theirs") << "precious";
    const nlohmann::json argument = {{"attempt", c.attempt}, {"other_source", folder_ + "/theirs"}, {"folder", folder_},
                                     {"workers", host_->worker_pids()}, {"supervisor", host_->supervisor_pid()}};
    Submission submission{.task = "canary", .argument = argument.dump(), .descriptors = {in.get(), out.get()}};
    submission.timeout = Seconds(needs_time_limit(c) ? 0.5 : 60);
    return host_->submit(std::move(submission));
  }

  static std::size_t descriptors_of(int pid) {
    std::error_code error;
    const std::filesystem::directory_iterator list("/proc/" + std::to_string(pid) + "/fd", error);
    return error ? 0 : static_cast<std::size_t>(std::distance(begin(list), end(list)));
  }

  bool source_is_whole() const {
    std::ifstream file(folder_ + "/theirs");
    return std::string(std::istreambuf_iterator<char>(file), {}) == "precious" &&
           !std::filesystem::exists(folder_ + "/published") && !std::filesystem::exists(folder_ + "/new");
  }

  std::string folder_;
  std::unique_ptr<pool::Host> host_;
};

class CanaryTest : public ::testing::TestWithParam<std::tuple<Case, const char*>> {
 protected:
  static constexpr unsigned kNobody = 65534;

  // A fresh process: the pool needs one thread, and a user once changed does not come back.
  static std::string play_as(const char* user, const Case& c) {
    std::string folder = ::testing::TempDir() + "canary.XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) return "no folder";
    const bool other_user = std::string_view(user) == "nobody";
    if (other_user && ::chown(folder.c_str(), kNobody, kNobody) != 0) return "cannot give the folder away";
    const auto outcome = in_child([&] {
      if (other_user && (::setgroups(0, nullptr) != 0 || ::setgid(kNobody) != 0 || ::setuid(kNobody) != 0))
        return std::string("cannot become nobody");
      const std::string wrong = Scene(folder).play(c);
      return wrong.empty() ? std::string("denied") : wrong;
    });
    std::filesystem::remove_all(folder);
    return outcome.signal ? fmt::format("the host died of signal {}", outcome.signal) : outcome.said;
  }
};

TEST_P(CanaryTest, IsDeniedAndDisturbsNobody) {
  const auto& [c, user] = GetParam();
  if (c.landlock && landlock_version() < 1) GTEST_SKIP() << "no Landlock here";
  if (std::string_view(user) == "nobody" && ::geteuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
  EXPECT_EQ(play_as(user, c), "denied");
}

std::string name_of(const ::testing::TestParamInfo<std::tuple<Case, const char*>>& info) {
  std::string name = fmt::format("{}_{}", std::get<0>(info.param).attempt, std::get<1>(info.param));
  std::erase_if(name, [](char c) { return c == '\'' || c == ','; });
  std::ranges::replace_if(name, [](unsigned char c) { return !std::isalnum(c); }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Attempts, CanaryTest,
                         ::testing::Combine(::testing::ValuesIn(kCases), ::testing::Values("root", "nobody")), name_of);

}  // namespace
}  // namespace hevcpool::sandbox
