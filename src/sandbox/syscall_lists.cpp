// SPDX-License-Identifier: GPL-2.0-or-later
#include "sandbox/syscall_lists.h"

#include <fcntl.h>
#include <linux/prctl.h>
#include <sys/ioctl.h>

namespace hevcpool::sandbox {
namespace {

constexpr const char* kAllowed[] = {
    // open descriptors
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2", "pwritev2", "lseek",
    "_llseek", "close", "close_range", "fstat", "fstat64", "fstatfs", "fstatfs64", "fsync", "fdatasync",
    "sync_file_range", "fallocate", "ftruncate", "ftruncate64", "fadvise64", "fadvise64_64", "readahead",
    "copy_file_range", "sendfile", "sendfile64", "dup", "dup2", "dup3", "flock", "getdents", "getdents64",
    // looking at paths; what may be opened is Landlock's to say
    "stat", "stat64", "lstat", "lstat64", "newfstatat", "fstatat64", "statx", "statfs", "statfs64", "access",
    "faccessat", "faccessat2", "readlink", "readlinkat", "getcwd",
    // the channel: an existing, connected socket
    "sendmsg", "recvmsg", "sendto", "recvfrom", "sendmmsg", "recvmmsg", "shutdown", "getsockopt", "getsockname",
    "getpeername",
    // waiting
    "poll", "ppoll", "ppoll_time64", "select", "_newselect", "pselect6", "pselect6_time64", "epoll_create",
    "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "eventfd", "eventfd2",
    "timerfd_create", "timerfd_settime", "timerfd_gettime", "signalfd", "signalfd4", "pipe", "pipe2", "pause",
    "wait4", "waitid",
    // memory
    "brk", "mmap", "mmap2", "munmap", "mremap", "mprotect", "madvise", "msync", "mincore", "mlock", "munlock",
    "memfd_create", "membarrier", "get_mempolicy", "set_mempolicy", "mbind", "mseal", "map_shadow_stack",
    // threads
    "futex", "futex_time64", "futex_waitv", "futex_wake", "futex_wait", "futex_requeue", "set_robust_list",
    "get_robust_list", "set_tid_address", "rseq", "gettid", "sched_yield", "sched_getaffinity",
    "sched_getparam", "sched_getscheduler", "sched_getattr", "sched_get_priority_max",
    "sched_get_priority_min", "getcpu", "arch_prctl", "exit", "exit_group",
    // signals to itself
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn", "rt_sigpending", "rt_sigtimedwait",
    "rt_sigtimedwait_time64", "rt_sigsuspend", "sigaltstack", "restart_syscall", "alarm", "setitimer", "getitimer",
    "timer_create", "timer_settime", "timer_gettime", "timer_getoverrun", "timer_delete",
    // time and facts about itself and the machine
    "clock_gettime", "clock_gettime64", "clock_getres", "clock_getres_time64", "clock_nanosleep",
    "clock_nanosleep_time64", "nanosleep", "gettimeofday", "time", "times", "getrusage", "getrandom", "sysinfo",
    "uname", "getpid", "getppid", "getpgrp", "getpgid", "getsid", "getuid", "geteuid", "getgid", "getegid",
    "getresuid", "getresgid", "getgroups", "getpriority", "getrlimit", "ugetrlimit", "capget", "umask"};

// Not truncate: the first versions of Landlock do not decide on it.
constexpr const char* kPathChanging[] = {"mkdir",  "mkdirat", "rmdir",    "unlink",   "unlinkat",
                                         "rename", "creat",   "renameat", "renameat2"};

constexpr const char* kDeadly[] = {
    "execve", "execveat",                                                                             // programs
    "socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "socketcall",           // sockets
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp",      // others
    "unshare", "setns", "mount", "umount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen",
    "fsconfig", "fsmount", "fspick", "mount_setattr",                                                 // namespaces
    "bpf", "io_uring_setup", "io_uring_enter", "io_uring_register", "userfaultfd", "keyctl", "add_key",
    "request_key", "open_by_handle_at", "name_to_handle_at",                                          // the kernel
    "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot", "swapon", "swapoff",
    "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "sethostname", "setdomainname", "acct", "quotactl",
    "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups", "setfsuid", "setfsgid"};

// Not F_SETOWN and F_SETSIG, which make the kernel send signals to others, nor PR_SET_PDEATHSIG, which keeps a
// worker from outliving its supervisor. CPUs are a thread's own to choose, never another process's.
constexpr ArgumentRule kByArgument[] = {
    {"fcntl", 1, F_DUPFD},         {"fcntl", 1, F_DUPFD_CLOEXEC}, {"fcntl", 1, F_GETFD},
    {"fcntl", 1, F_SETFD},         {"fcntl", 1, F_GETFL},         {"fcntl", 1, F_SETFL},
    {"fcntl", 1, F_GETLK},         {"fcntl", 1, F_SETLK},         {"fcntl", 1, F_SETLKW},
    {"fcntl", 1, F_OFD_GETLK},     {"fcntl", 1, F_OFD_SETLK},     {"fcntl", 1, F_ADD_SEALS},
    {"fcntl", 1, F_GET_SEALS},     {"fcntl", 1, F_GETPIPE_SZ},    {"fcntl64", 1, F_GETFL},
    {"ioctl", 1, TCGETS},          {"ioctl", 1, FIONREAD},        {"ioctl", 1, TIOCGWINSZ},
    {"ioctl", 1, FIONBIO},         {"ioctl", 1, FIOCLEX},         {"prctl", 0, PR_SET_NAME},
    {"prctl", 0, PR_GET_NAME},     {"prctl", 0, PR_GET_PDEATHSIG}, {"prctl", 0, PR_GET_DUMPABLE},
    {"prctl", 0, PR_SET_VMA},      {"prctl", 0, PR_SET_TIMERSLACK}, {"prctl", 0, PR_GET_TIMERSLACK},
    {"prctl", 0, PR_GET_NO_NEW_PRIVS}, {"prctl", 0, PR_GET_SECCOMP},
    {"sched_setaffinity", 0, 0},
    {"prlimit64", 2, 0},  // to read, not to set
};

}  // namespace

std::span<const char* const> always_allowed_calls() { return kAllowed; }
std::span<const char* const> path_changing_calls() { return kPathChanging; }
std::span<const char* const> deadly_calls() { return kDeadly; }
std::span<const ArgumentRule> calls_by_argument() { return kByArgument; }

}  // namespace hevcpool::sandbox
