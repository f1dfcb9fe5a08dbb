// SPDX-License-Identifier: GPL-2.0-or-later
// co_await on a job, and two pools in one program: both are started before the first job is submitted.
// Usage: coroutine VIDEO
#include <hevcpool/await.h>
#include <hevcpool/tasks.h>

#include <future>
#include <iostream>

namespace {

// The least that a coroutine needs; a program has its own.
struct Detached {
  struct promise_type {
    Detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

Detached look(hevcpool::Pool& quick, hevcpool::Pool& thorough, std::string file, std::promise<int>& code) {
  const hevcpool::Job probing = submit(quick, hevcpool::Probe{.input = file});
  const hevcpool::JobResult metadata = co_await probing;
  if (!metadata.ok()) co_return code.set_value(1);
  const hevcpool::Job counting = submit(thorough, hevcpool::Frames{.input = file, .luma = true});
  const hevcpool::JobResult frames = co_await counting;
  std::cout << metadata.body.size() << " bytes of metadata, " << frames.body << "\n";
  code.set_value(frames.ok() ? 0 : 1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  std::promise<int> code;  // outlives the pools, whose threads set it
  std::string error;
  auto quick = hevcpool::Pool::start({.workers = 1}, &error);
  auto thorough = hevcpool::Pool::start({.workers = 1}, &error);
  if (!quick || !thorough) return std::cerr << error << "\n", 1;
  look(*quick, *thorough, argv[1], code);
  return code.get_future().get();
}
