// SPDX-License-Identifier: GPL-2.0-or-later
#include "sandbox/syscall_filter.h"

#include "base/error.h"
#include "sandbox/syscall_lists.h"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>

namespace hevcpool::sandbox {
namespace {

struct ReleaseFilter {
  void operator()(void* filter) const { ::seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, ReleaseFilter>;

constexpr std::uint32_t kForbidden = SCMP_ACT_ERRNO(EPERM);
constexpr std::uint64_t kNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                                      CLONE_NEWPID | CLONE_NEWNET;
constexpr std::uint64_t kOpensForWriting = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY);

scmp_arg_cmp equals(unsigned argument, std::uint64_t value) {
  return {argument, SCMP_CMP_EQ, value, 0};
}
scmp_arg_cmp masked(unsigned argument, std::uint64_t mask, std::uint64_t value) {
  return {argument, SCMP_CMP_MASKED_EQ, mask, value};
}

// Adds rules and keeps the first error; a call unknown here is skipped, for it stays forbidden.
class Rules {
 public:
  explicit Rules(scmp_filter_ctx filter) : filter_(filter) {}

  void add(std::uint32_t action, const char* call) { add_when(action, call, 0, nullptr); }
  void add(std::uint32_t action, const char* call, const scmp_arg_cmp& when) { add_when(action, call, 1, &when); }
  void keep(int outcome) {
    if (error_ == 0) error_ = outcome;
  }
  int error() const { return error_; }

 private:
  void add_when(std::uint32_t action, const char* call, unsigned count, const scmp_arg_cmp* when) {
    const int number = ::seccomp_syscall_resolve_name(call);
    if (number == __NR_SCMP_ERROR || number < 0) return;
    keep(::seccomp_rule_add_array(filter_, action, number, count, when));
  }

  scmp_filter_ctx filter_;
  int error_ = 0;
};

// Threads yes, processes no, namespaces deadly. clone3 hides its flags in memory, where a filter cannot look.
void add_clone(Rules& rules) {
  rules.add(SCMP_ACT_ALLOW, "clone", masked(0, CLONE_THREAD | kNamespaces, CLONE_THREAD));
  for (std::uint64_t flag = 1; flag <= kNamespaces; flag <<= 1)
    if (flag & kNamespaces) rules.add(SCMP_ACT_KILL_PROCESS, "clone", masked(0, flag, flag));
  rules.add(SCMP_ACT_ERRNO(ENOSYS), "clone3");
}

// abort() and raise() work; every other process is out of reach, with or without Landlock's scopes.
void add_signals(Rules& rules) {
  const auto self = static_cast<std::uint64_t>(::getpid());
  rules.add(SCMP_ACT_ALLOW, "kill", equals(0, self));
  rules.add(SCMP_ACT_ALLOW, "tgkill", equals(0, self));
}

// Without another layer to decide on paths a file opens for reading only. openat2 hides its flags in memory; libc
// never needs it.
void add_open(Rules& rules, const FilterOptions& options) {
  if (options.write_by_path) {
    for (const char* call : {"open", "openat"}) rules.add(SCMP_ACT_ALLOW, call);
    for (const char* call : path_changing_calls()) rules.add(SCMP_ACT_ALLOW, call);
  } else {
    rules.add(SCMP_ACT_ALLOW, "open", masked(1, kOpensForWriting, 0));
    rules.add(SCMP_ACT_ALLOW, "openat", masked(2, kOpensForWriting, 0));
  }
}

void add_lists(Rules& rules) {
  for (const char* call : always_allowed_calls()) rules.add(SCMP_ACT_ALLOW, call);
  for (const char* call : deadly_calls()) rules.add(SCMP_ACT_KILL_PROCESS, call);
  for (const ArgumentRule& rule : calls_by_argument())
    rules.add(SCMP_ACT_ALLOW, rule.call, equals(rule.argument, rule.value));
}

Layer missing(int error_number) { return {"seccomp", false, errno_name(error_number)}; }

}  // namespace

Layer filter_system_calls(const FilterOptions& options) {
  const Filter filter(::seccomp_init(kForbidden));
  if (!filter) return missing(ENOMEM);
  Rules rules(filter.get());
  rules.keep(::seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS));
  rules.keep(::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1));
  rules.keep(::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2));
  add_lists(rules);
  add_clone(rules);
  add_signals(rules);
  add_open(rules, options);
  if (rules.error() == 0) rules.keep(::seccomp_load(filter.get()));
  if (rules.error() != 0) return missing(-rules.error());
  return {"seccomp", true, options.write_by_path ? "" : "files open for reading only"};
}

}  // namespace hevcpool::sandbox
