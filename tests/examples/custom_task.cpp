// SPDX-License-Identifier: GPL-2.0-or-later
// A function of one's own as a task, over a range of arguments, several in one message.
#include <hevcpool/pool.h>

#include <iostream>
#include <ranges>

// Runs in a worker; the argument is a number as JSON text, and so is the result.
static hevcpool::TaskResult count_primes(hevcpool::TaskContext& context) {
  const long limit = std::stol(std::string(context.argument()));
  long count = 0;
  for (long n = 2; n < limit; ++n) {
    bool prime = true;
    for (long d = 2; prime && d * d <= n; ++d) prime = n % d != 0;
    count += prime;
  }
  return std::to_string(count);
}

int main() {
  std::string error;
  auto pool = hevcpool::Pool::start({.workers = 2, .tasks = {{"primes", count_primes}}}, &error);
  if (!pool) return std::cerr << error << "\n", 1;
  const auto limits = std::views::iota(1, 101) | std::views::transform([](int n) { return std::to_string(n * 10); });
  const auto results = pool->map("primes", limits, 16);
  for (const hevcpool::JobResult& result : results)
    if (!result.ok()) return std::cerr << result.error->message << "\n", 1;
  std::cout << "below " << 1000 << ": " << results.back().body << " primes\n";
  return results.size() == 100 && results.back().body == "168" && results.front().body == "4" ? 0 : 1;
}
