// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/plan/rotate_to_display.h"

#include "media/libav/compat.h"

extern "C" {
#include <libavutil/display.h>
}

#include <array>
#include <cstring>

namespace hevcpool::media {
namespace {

using Matrix = std::array<std::int32_t, 9>;
constexpr Matrix kIdentity{1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30};

const AVPacketSideData* find_matrix(const AVStream& stream) {
  for (const auto& data : stream_side_data(stream))
    if (data.type == AV_PKT_DATA_DISPLAYMATRIX && data.size >= sizeof(Matrix)) return &data;
  return nullptr;
}

std::string flips(const Matrix& m) {
  if (m[0] < 0) return m[4] < 0 ? "hflip,vflip" : "hflip";
  return m[4] < 0 ? "vflip" : "";
}

std::string quarter_turn(const Matrix& m) {
  if (m[1] > 0) return m[3] > 0 ? "transpose=cclock_flip" : "transpose=clock";
  return m[3] < 0 ? "transpose=clock_flip" : "transpose=cclock";
}

}  // namespace

std::string upright_filters(const AVStream& stream) {
  const auto* data = find_matrix(stream);
  if (data == nullptr) return "";
  Matrix m;
  std::memcpy(m.data(), data->data, sizeof m);
  if (m[1] == 0 && m[3] == 0) return flips(m);
  return m[0] == 0 && m[4] == 0 && m[1] != 0 && m[3] != 0 ? quarter_turn(m) : "";
}

void forget_display_matrix(AVStream& stream) {
  if (const auto* data = find_matrix(stream)) std::memcpy(data->data, kIdentity.data(), sizeof kIdentity);
}

}  // namespace hevcpool::media
