// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/unwinder.h"

#if __has_include(<libunwind.h>) && defined(__x86_64__)
#define UNW_LOCAL_ONLY
#include <libunwind.h>
#define HEVCPOOL_LIBUNWIND 1
#endif

#include <csetjmp>
#include <csignal>
#include <dlfcn.h>
#include <link.h>
#include <ucontext.h>
#include <unwind.h>

#include <cstring>
#include <vector>

namespace hevcpool::profile {
namespace {

constexpr std::uintptr_t kLargestStack = 16 << 20;
constexpr std::size_t kScannedWords = 256;   // of the stack, in search of a caller

struct CodeRange {
  std::uintptr_t begin = 0, end = 0;
};
// Executable parts of everything that is loaded. A signal handler gets no argument to find it by.
std::vector<CodeRange> code;

int add_code(dl_phdr_info* info, std::size_t, void*) {
  for (int n = 0; n < info->dlpi_phnum; ++n) {
    const auto& part = info->dlpi_phdr[n];
    if (part.p_type == PT_LOAD && (part.p_flags & PF_X) != 0)
      code.push_back({info->dlpi_addr + part.p_vaddr, info->dlpi_addr + part.p_vaddr + part.p_memsz});
  }
  return 0;
}

// What the compiler's library sees from inside the handler: everything after the interrupted instruction counts.
struct Walk {
  StackSample& sample;
  std::uintptr_t from;
};
_Unwind_Reason_Code take_frame(_Unwind_Context* context, void* argument) {
  auto& walk = *static_cast<Walk*>(argument);
  const auto address = static_cast<std::uintptr_t>(_Unwind_GetIP(context));
  if (walk.sample.depth == 0 && walk.from != 0 && address != walk.from) return _URC_NO_REASON;
  if (address == 0 || walk.sample.depth == kStackDepth) return _URC_END_OF_STACK;
  walk.sample.addresses[walk.sample.depth++] = address;
  return _URC_NO_REASON;
}

void unwind_simply(std::uintptr_t from, StackSample& sample) {
  Walk walk{sample, from};
  _Unwind_Backtrace(take_frame, &walk);
  if (sample.depth == 0 && from != 0) sample.addresses[sample.depth++] = from;
}

#ifdef HEVCPOOL_LIBUNWIND
bool is_code(std::uintptr_t address) {
  for (const CodeRange& range : code)
    if (address >= range.begin && address < range.end) return true;
  return false;
}

#define HEVCPOOL_TEXT_(x) #x
#define HEVCPOOL_TEXT(x) HEVCPOOL_TEXT_(x)
#define HEVCPOOL_FIND(member, name) \
  (member = reinterpret_cast<decltype(member)>(::dlsym(library, HEVCPOOL_TEXT(name)))) != nullptr

// libunwind, once it is loaded; it stays so.
struct Library {
  decltype(&unw_init_local) init = nullptr;
  decltype(&unw_init_local2) init_at = nullptr;
  decltype(&unw_step) step = nullptr;
  decltype(&unw_get_reg) get = nullptr;
  decltype(&unw_get_proc_info) info = nullptr;
  decltype(&unw_set_caching_policy) set_caching = nullptr;
  unw_addr_space_t* space = nullptr;
  bool ready = false;

  void load() {
    void* library = ready ? nullptr : ::dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return;
    ready = HEVCPOOL_FIND(init, unw_init_local) && HEVCPOOL_FIND(init_at, unw_init_local2) &&
            HEVCPOOL_FIND(step, unw_step) && HEVCPOOL_FIND(get, unw_get_reg) &&
            HEVCPOOL_FIND(info, unw_get_proc_info) && HEVCPOOL_FIND(set_caching, unw_set_caching_policy) &&
            HEVCPOOL_FIND(space, unw_local_addr_space);
    // No cache: its lock would be kept by a stack that ends in a fault.
    if (ready) set_caching(*space, UNW_CACHE_NONE);
  }
};
Library library;

bool has_unwind_table(unw_cursor_t& cursor) {
  unw_proc_info_t info;
  return library.info(&cursor, &info) == 0 && info.unwind_info_size > 0;
}

// Assembly of x265 and libav has no unwind tables. Its caller is found by its return address, the first word on the
// stack that points behind a call; from there on tables help again.
bool is_after_call(std::uintptr_t address) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(address);
  if (bytes[-5] == 0xe8) return true;
  for (int length = 2; length <= 7; ++length)
    if (bytes[-length] == 0xff && ((bytes[-length + 1] >> 3) & 7) == 2) return true;
  return false;
}

bool is_on_stack(std::uintptr_t value, const std::uintptr_t* stack) {
  const auto bottom = reinterpret_cast<std::uintptr_t>(stack);
  return value >= bottom && value < bottom + kLargestStack;
}

// The caller's frame pointer: assembly that uses the register saves it below its return address, after rbx.
void restore_frame_pointer(ucontext_t& context, const std::uintptr_t* stack, std::size_t return_address) {
  auto& pointer = context.uc_mcontext.gregs[REG_RBP];
  if (is_on_stack(static_cast<std::uintptr_t>(pointer), stack) || return_address < 2) return;
  if (is_on_stack(stack[return_address - 2], stack)) pointer = static_cast<greg_t>(stack[return_address - 2]);
}

bool skip_assembly(ucontext_t& context) {
  const auto* stack = reinterpret_cast<const std::uintptr_t*>(context.uc_mcontext.gregs[REG_RSP]);
  for (std::size_t n = 0; n < kScannedWords; ++n) {
    if (!is_code(stack[n] - 8) || !is_code(stack[n]) || !is_after_call(stack[n])) continue;
    context.uc_mcontext.gregs[REG_RIP] = static_cast<greg_t>(stack[n]);
    context.uc_mcontext.gregs[REG_RSP] = static_cast<greg_t>(reinterpret_cast<std::uintptr_t>(stack + n + 1));
    unw_cursor_t cursor;
    if (library.init(&cursor, &context) != 0 || !has_unwind_table(cursor)) continue;
    restore_frame_pointer(context, stack, n);
    return true;
  }
  return false;
}

void walk(unw_cursor_t& cursor, StackSample& sample) {
  do {
    unw_word_t address = 0;
    if (library.get(&cursor, UNW_REG_IP, &address) < 0 || address == 0) return;
    sample.addresses[sample.depth++] = address;
  } while (sample.depth < kStackDepth && library.step(&cursor) > 0);
}

void unwind_unguarded(const void* where, StackSample& sample) {
  ucontext_t context;
  std::memcpy(&context, where, sizeof context);
  const auto from = static_cast<std::uintptr_t>(context.uc_mcontext.gregs[REG_RIP]);
  unw_cursor_t cursor;
  if (!library.ready) return unwind_simply(from, sample);
  if (library.init_at(&cursor, &context, UNW_INIT_SIGNAL_FRAME) != 0) return;
  if (has_unwind_table(cursor)) return walk(cursor, sample);
  sample.addresses[sample.depth++] = from;
  if (skip_assembly(context) && library.init(&cursor, &context) == 0) walk(cursor, sample);
}
void load_library() { library.load(); }
#else
void unwind_unguarded(const void*, StackSample& sample) { unwind_simply(0, sample); }
void load_library() {}
#endif

// A guess at a caller may lead anywhere: reading there ends the stack, not the process.
constinit thread_local sigjmp_buf* way_out = nullptr;
struct sigaction segv_before, bus_before;

void on_fault(int signal, siginfo_t*, void*) {
  if (way_out != nullptr) siglongjmp(*way_out, 1);
  ::sigaction(signal, signal == SIGSEGV ? &segv_before : &bus_before, nullptr);  // the instruction faults again
}

}  // namespace

void prepare_unwinding() {
  load_library();
  code.clear();
  ::dl_iterate_phdr(add_code, nullptr);
  StackSample loads_what_it_needs;
  unwind_simply(0, loads_what_it_needs);
}

void unwind(const void* where, StackSample& sample) {
  sample.depth = 0;
  sigjmp_buf jump;
  way_out = &jump;
  if (sigsetjmp(jump, 1) == 0) unwind_unguarded(where, sample);
  way_out = nullptr;
}

void guard_unwinding() {
  struct sigaction action{};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  ::sigaction(SIGSEGV, &action, &segv_before);
  ::sigaction(SIGBUS, &action, &bus_before);
}

void unguard_unwinding() {
  ::sigaction(SIGSEGV, &segv_before, nullptr);
  ::sigaction(SIGBUS, &bus_before, nullptr);
}

}  // namespace hevcpool::profile
