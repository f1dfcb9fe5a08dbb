// SPDX-License-Identifier: GPL-2.0-or-later
#include "sandbox/canary_attempts.h"

#include "base/error.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace hevcpool::sandbox {
namespace {

std::string opened(const std::string& path, int flags) {
  return verdict(::open(path.c_str(), flags | O_CLOEXEC, 0600));
}

std::string proc_fd(int pid, int fd) { return fmt::format("/proc/{}/fd/{}", pid, fd); }

// The first success ends it; otherwise the first refusal tells.
template <class Try>
std::string try_each(int last, Try attempt) {
  const std::string refusal = attempt(0);
  for (int i = 1; i < last && refusal != "ok"; ++i)
    if (attempt(i) == "ok") return "ok";
  return refusal;
}

std::string open_sibling_descriptors(const Prey& prey) {
  return try_each(64, [&](int fd) { return opened(proc_fd(prey.sibling, fd), O_RDONLY); });
}

std::string write_to_the_source(const Prey& prey) {
  return verdict(::pwrite(prey.context.descriptors()[0], "x", 1, 0));
}

std::string reopen_the_source_for_writing(const Prey& prey) {
  return opened(proc_fd(::getpid(), prey.context.descriptors()[0]), O_RDWR);
}

// The output may appear under a name only by the host's hand.
std::string link_the_output(const Prey& prey) {
  const std::string name = prey.folder + "/published";
  return verdict(::linkat(AT_FDCWD, proc_fd(::getpid(), prey.context.descriptors()[1]).c_str(), AT_FDCWD,
                          name.c_str(), AT_SYMLINK_FOLLOW));
}

std::string connect_to_the_network(const Prey&) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  return verdict(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address));
}

std::string bind_a_descriptor(const Prey& prey) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  return verdict(::bind(prey.context.descriptors()[0], reinterpret_cast<const sockaddr*>(&address), sizeof address));
}

std::string run_a_program(const Prey&) {
  const std::array<const char*, 2> arguments = {"true", nullptr};
  return verdict(::execve("/bin/true", const_cast<char* const*>(arguments.data()), nullptr));
}

std::string fork_bomb(const Prey&) {
  return try_each(1000, [](int) {
    const pid_t child = ::fork();
    if (child == 0) ::pause();
    return verdict(child);
  });
}

std::string read_siblings_memory(const Prey& prey) {
  char byte = 0;
  const iovec here{&byte, 1}, there{reinterpret_cast<void*>(&byte), 1};
  return verdict(::process_vm_readv(prey.sibling, &here, 1, &there, 1, 0));
}

std::string steal_a_descriptor(const Prey& prey) {
  const long process = ::syscall(SYS_pidfd_open, prey.sibling, 0);
  if (process < 0) return verdict(process);
  return verdict(::syscall(SYS_pidfd_getfd, process, 0, 0));
}

std::string signal_by_thread(const Prey& prey) {
  return verdict(::syscall(SYS_tgkill, prey.supervisor, prey.supervisor, SIGKILL));
}

std::string queue_a_signal(const Prey& prey) {
  siginfo_t info{};
  info.si_code = SI_QUEUE;
  return verdict(::syscall(SYS_rt_sigqueueinfo, prey.supervisor, SIGTERM, &info));
}

std::string bind_to_one_cpu(int pid) {
  cpu_set_t first;
  CPU_ZERO(&first);
  CPU_SET(0, &first);
  return verdict(::sched_setaffinity(pid, sizeof first, &first));
}

std::string own_signal_to(int pid, int fd) {
  const f_owner_ex owner{F_OWNER_PID, pid};
  return verdict(::fcntl(fd, F_SETOWN_EX, &owner));
}

// Touches what it gets, so that it is really taken.
std::string allocate_everything(const Prey&) {
  constexpr std::size_t kPiece = std::size_t{64} << 20;
  std::vector<std::unique_ptr<char[]>> pieces;
  for (;;) {
    pieces.push_back(std::unique_ptr<char[]>(new char[kPiece]));
    std::memset(pieces.back().get(), 1, kPiece);
  }
}

std::string spin(const Prey&) {
  volatile bool forever = true;
  while (forever) {
  }
  return "ok";
}

std::string spin_deaf(const Prey& prey) {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
  ::signal(SIGTERM, SIG_IGN);
  return spin(prey);
}

std::string stop_itself(const Prey& prey) {
  ::kill(::getpid(), SIGSTOP);
  return spin(prey);
}

[[gnu::noinline]] int overflow(int depth) {
  volatile char frame[4096] = {};
  frame[static_cast<std::size_t>(depth) % sizeof frame] = 1;
  return depth < 0 ? 0 : overflow(depth + 1) + frame[0];
}

// Regular files and folders beside the job's two, memfds and what is the worker's own in /proc.
std::string look_for_foreign_files(const Prey& prey) {
  for (int fd = 3; fd < 1024; ++fd) {
    struct stat status {};
    if (::fstat(fd, &status) != 0 || !(S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))) continue;
    const auto own = prey.context.descriptors();
    if (std::find(own.begin(), own.end(), fd) != own.end()) continue;
    std::array<char, 256> target{};
    [[maybe_unused]] const auto length = ::readlink(proc_fd(::getpid(), fd).c_str(), target.data(), target.size() - 1);
    const std::string own_proc = fmt::format("/proc/{}/", ::getpid());
    if (std::string_view(target.data()).starts_with("/memfd:")) continue;
    if (std::string_view(target.data()).starts_with(own_proc)) continue;
    return fmt::format("{} is open: {}", fd, target.data());
  }
  return "nothing to find";
}

std::string raise_its_limits(const Prey&) {
  const rlimit more{RLIM_INFINITY, RLIM_INFINITY};
  return verdict(::setrlimit(RLIMIT_NOFILE, &more));
}

std::string open_too_many(const Prey&) {
  for (int i = 0; i < 100000; ++i)
    if (::dup(0) < 0) return errno_name(errno);
  return "ok";
}

std::string make_a_namespace(const Prey&) { return verdict(::unshare(CLONE_NEWUSER)); }

void add_path_attempts(Attempts& attempts) {
  attempts["open /etc/passwd"] = [](const Prey&) { return opened("/etc/passwd", O_RDONLY); };
  attempts["open another job's source"] = [](const Prey& prey) { return opened(prey.other_source, O_RDONLY); };
  attempts["overwrite another job's source"] = [](const Prey& prey) { return opened(prey.other_source, O_WRONLY); };
  attempts["remove another job's source"] = [](const Prey& prey) { return verdict(::unlink(prey.other_source.c_str())); };
  attempts["rename another job's source"] = [](const Prey& prey) {
    return verdict(::rename(prey.other_source.c_str(), (prey.folder + "/moved").c_str()));
  };
  attempts["cut another job's source"] = [](const Prey& prey) { return verdict(::truncate(prey.other_source.c_str(), 0)); };
  attempts["change another job's mode"] = [](const Prey& prey) { return verdict(::chmod(prey.other_source.c_str(), 0777)); };
  attempts["list another job's folder"] = [](const Prey& prey) { return opened(prey.folder, O_RDONLY | O_DIRECTORY); };
  attempts["make a file"] = [](const Prey& prey) { return opened(prey.folder + "/new", O_WRONLY | O_CREAT); };
  attempts["make an unnamed file"] = [](const Prey& prey) { return opened(prey.folder, O_RDWR | O_TMPFILE); };
  attempts["open a sibling's descriptors"] = open_sibling_descriptors;
  attempts["read a sibling's environment"] = [](const Prey& prey) {
    return opened(fmt::format("/proc/{}/environ", prey.sibling), O_RDONLY);
  };
  attempts["write to the source"] = write_to_the_source;
  attempts["reopen the source for writing"] = reopen_the_source_for_writing;
  attempts["link the output"] = link_the_output;
  attempts["find a foreign file open"] = look_for_foreign_files;
}

void add_kernel_attempts(Attempts& attempts) {
  attempts["connect"] = connect_to_the_network;
  attempts["bind"] = bind_a_descriptor;
  attempts["make a socket pair"] = [](const Prey&) {
    int ends[2];
    return verdict(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
  };
  attempts["exec"] = run_a_program;
  attempts["fork bomb"] = fork_bomb;
  attempts["ptrace a sibling"] = [](const Prey& prey) { return verdict(::ptrace(PTRACE_ATTACH, prey.sibling, 0, 0)); };
  attempts["read a sibling's memory"] = read_siblings_memory;
  attempts["steal a descriptor"] = steal_a_descriptor;
  attempts["make a namespace"] = make_a_namespace;
  attempts["use io_uring"] = [](const Prey&) { return verdict(::syscall(SYS_io_uring_setup, 1, nullptr)); };
  attempts["use bpf"] = [](const Prey&) { return verdict(::syscall(SYS_bpf, 0, nullptr, 0)); };
  attempts["use the key ring"] = [](const Prey&) { return verdict(::syscall(SYS_keyctl, 0, 0, 0)); };
  attempts["mount"] = [](const Prey& prey) { return verdict(::syscall(SYS_mount, "none", prey.folder.c_str(), "tmpfs", 0, 0)); };
}

void add_signal_attempts(Attempts& attempts) {
  attempts["kill the supervisor"] = [](const Prey& prey) { return verdict(::kill(prey.supervisor, SIGKILL)); };
  attempts["kill the supervisor by thread"] = signal_by_thread;
  attempts["queue a signal to the supervisor"] = queue_a_signal;
  attempts["kill a sibling"] = [](const Prey& prey) { return verdict(::kill(prey.sibling, SIGKILL)); };
  attempts["kill a sibling's group"] = [](const Prey& prey) { return verdict(::kill(-prey.sibling, SIGKILL)); };
  attempts["kill everything"] = [](const Prey&) { return verdict(::kill(-1, SIGKILL)); };
  attempts["have the kernel signal the supervisor"] = [](const Prey& prey) {
    return own_signal_to(prey.supervisor, prey.context.descriptors()[0]);
  };
  attempts["hold the supervisor to one CPU"] = [](const Prey& prey) { return bind_to_one_cpu(prey.supervisor); };
  attempts["leave its group"] = [](const Prey&) { return verdict(::setsid()); };
  attempts["outlive its parent"] = [](const Prey&) { return verdict(::syscall(SYS_prctl, 1, 0, 0, 0, 0)); };
}

void add_greedy_attempts(Attempts& attempts) {
  attempts["allocate all memory"] = allocate_everything;
  attempts["spin for ever"] = spin;
  attempts["spin for ever, deaf"] = spin_deaf;
  attempts["stop itself"] = stop_itself;
  attempts["overflow its stack"] = [](const Prey&) { return std::to_string(overflow(0)); };
  attempts["raise its limits"] = raise_its_limits;
  attempts["open too many files"] = open_too_many;
  attempts["exit quietly"] = [](const Prey&) -> std::string { ::_exit(0); };
  attempts["abort"] = [](const Prey&) -> std::string { std::abort(); };
}

}  // namespace

std::string verdict(long returned) { return returned >= 0 ? "ok" : errno_name(errno); }

void add_system_attempts(Attempts& attempts) {
  add_path_attempts(attempts);
  add_kernel_attempts(attempts);
  add_signal_attempts(attempts);
  add_greedy_attempts(attempts);
}

const Attempts& canary_attempts() {
  static const Attempts all = [] {
    Attempts attempts;
    add_system_attempts(attempts);
    add_channel_attempts(attempts);
    return attempts;
  }();
  return all;
}

}  // namespace hevcpool::sandbox
