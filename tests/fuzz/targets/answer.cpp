// SPDX-License-Identifier: GPL-2.0-or-later
// What a worker answers, through everything that the host does with it: the index of key frames and the plan made of
// it, reports, progress, the answers of the small tasks. The first byte chooses.
#include "fuzz/targets/target.h"

#include "host/segmented_source.h"
#include "host/output_plan.h"
#include "tasks/encode_json.h"

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

namespace {

using namespace hevcpool;

constexpr std::uint64_t kSourceBytes = 100'000;

template <class T>
void read(std::string_view text) {
  const auto value = tasks::from_text<T>(text);
  if (value && tasks::to_text(*value).empty()) std::abort();
}

// A plan of what is believed has ordered places and pieces that cover the film.
void plan_with(const media::KeyFrameIndex& index, double split) {
  if (!host::plausible(index, kSourceBytes)) return;
  const host::SegmentedSource film(index, host::WorkFolder{}, 100, split);
  const plan::SourceCuts made = film.plan();
  if (made.map.points.size() < 2) std::abort();
  for (std::size_t to : made.fixed)
    if (to == 0 || to >= made.map.points.size()) std::abort();
  static_cast<void>(film.range({0, made.map.points.size() - 1}));
  static_cast<void>(film.file_name({0, made.map.points.size() - 1}));
}

void read_small(std::string_view text) {
  const auto answer = nlohmann::json::parse(text, nullptr, false);
  if (!host::check_answer(answer)) return;
  AudioExtract request;
  request.input = "/folder/a.mkv";
  request.all_tracks = true;
  const AnyTask task = request;
  for (const std::string& path : host::final_outputs(task, host::plan_small(task), answer))
    if (!path.starts_with("/folder/a.") || path.find('/', 8) != std::string::npos) std::abort();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 8) {
    case 0: read_small(text); break;
    case 1: read<tasks::InspectAnswer>(text); break;
    case 2: read<tasks::EncodeAnswer>(text); break;
    case 3: read<tasks::VerifyAnswer>(text); break;
    case 4: read<media::SegmentReport>(text); break;
    case 5: read<tasks::ProgressMessage>(text); break;
    default:
      if (const auto index = tasks::from_text<media::KeyFrameIndex>(text)) plan_with(*index, data[0] % 8 == 6 ? 0 : 0.5);
  }
  return 0;
}
