// SPDX-License-Identifier: GPL-2.0-or-later
// A function of one's own that sees every decoded frame, as planes with strides, in a worker.
// Usage: frame_callback VIDEO...
#include <hevcpool/tasks.h>

#include <iostream>
#include <memory>
#include <vector>

namespace {

// How bright the brightest frame is: the mean of its first plane.
struct Brightest {
  double mean = -1;
  std::int64_t frame = -1;

  bool look(const hevcpool::FrameView& view) {
    double sum = 0;
    for (int y = 0; y < view.heights[0]; ++y) {
      const std::uint8_t* row = view.planes[0] + static_cast<std::ptrdiff_t>(y) * view.strides[0];
      for (int x = 0; x < view.widths[0]; ++x) sum += row[x];
    }
    sum /= static_cast<double>(view.widths[0]) * view.heights[0];
    if (sum > mean) mean = sum, frame = view.index;
    return true;
  }
  std::string text() const { return "{\"mean\":" + std::to_string(mean) + ",\"frame\":" + std::to_string(frame) + "}"; }
};

hevcpool::FrameFunction begin(std::string_view) {
  auto state = std::make_shared<Brightest>();  // shared by the two functions of one job
  return {.frame = [state](const hevcpool::FrameView& view) { return state->look(view); },
          .finish = [state] { return state->text(); }};
}

}  // namespace

int main(int argc, char** argv) {
  std::string error;
  hevcpool::PoolOptions options{.workers = 2};
  options.tasks["brightest"] = hevcpool::frame_task(begin, "gray");
  auto pool = hevcpool::Pool::start(std::move(options), &error);
  if (!pool) return std::cerr << error << "\n", 1;
  std::vector<hevcpool::Job> jobs;
  for (int i = 1; i < argc; ++i) jobs.push_back(submit(*pool, hevcpool::Frames{.input = argv[i], .function = "brightest"}));
  for (const hevcpool::Job& job : jobs) {
    const hevcpool::JobResult result = job.result();
    if (!result.ok()) return std::cerr << result.error->message << "\n", 1;
    std::cout << result.body << "\n";
    if (result.body.find("\"value\":{\"frame\":") == std::string::npos) return 1;
  }
  return 0;
}
