// SPDX-License-Identifier: GPL-2.0-or-later
// Feeds a fuzz target seeded damage, without libFuzzer: TARGET [RUNS [SEED]]. Seeds are the files of the folder
// that HEVCPOOL_FUZZ_CORPUS names, and an empty text.
#include "fuzz/mutate.h"
#include "fuzz/targets/target.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace {

std::vector<std::string> corpus() {
  std::vector<std::string> seeds{std::string(256, 'x')};
  const char* folder = std::getenv("HEVCPOOL_FUZZ_CORPUS");
  if (folder == nullptr) return seeds;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return seeds;
}

void feed(const std::string& bytes) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace

int main(int count, char** arguments) {
  const unsigned long runs = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 20000;
  hevcpool::fuzz::Random random(count > 2 ? std::strtoul(arguments[2], nullptr, 10) : 1);
  const auto seeds = corpus();
  feed("");
  for (const std::string& seed : seeds) feed(seed);
  for (unsigned long run = 0; run < runs; ++run)
    feed(hevcpool::fuzz::damaged(seeds[random() % seeds.size()], seeds[random() % seeds.size()], random));
  std::printf("%lu inputs, no complaint\n", runs);
}
