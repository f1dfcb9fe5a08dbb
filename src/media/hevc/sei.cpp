// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/hevc/sei.h"

#include "media/hevc/bits.h"

extern "C" {
#include <libavutil/hdr_dynamic_metadata.h>
#include <libavutil/mathematics.h>
}

#include <algorithm>
#include <cstring>

namespace hevcpool::media {
namespace {

constexpr int kRegisteredUserData = 4, kTimeCode = 136;
constexpr std::uint32_t kUnitedStates = 0xB5;

void put(BitWriter& out, AVRational value, std::int64_t scale, int bits) {
  out.write(in_units(value, scale, bits), bits);
}

int bounded(int count, int limit) {
  return std::clamp(count, 0, limit);
}

// SMPTE ST 2094-40, as ITU-T T.35 user data.
void put_window(BitWriter& out, const AVHDRPlusColorTransformParams& window) {
  // libav keeps these as the coded numbers over 1.
  put(out, window.window_upper_left_corner_x, 1, 16);
  put(out, window.window_upper_left_corner_y, 1, 16);
  put(out, window.window_lower_right_corner_x, 1, 16);
  put(out, window.window_lower_right_corner_y, 1, 16);
  out.write(window.center_of_ellipse_x, 16);
  out.write(window.center_of_ellipse_y, 16);
  out.write(window.rotation_angle, 8);
  out.write(window.semimajor_axis_internal_ellipse, 16);
  out.write(window.semimajor_axis_external_ellipse, 16);
  out.write(window.semiminor_axis_external_ellipse, 16);
  out.write(window.overlap_process_option, 1);
}

template <std::size_t Rows, std::size_t Columns>
void put_peaks(BitWriter& out, bool present, int rows, int columns,
               const AVRational (&peaks)[Rows][Columns]) {
  out.flag(present);
  if (!present) return;
  rows = bounded(rows, static_cast<int>(Rows));
  columns = bounded(columns, static_cast<int>(Columns));
  out.write(static_cast<std::uint32_t>(rows), 5);
  out.write(static_cast<std::uint32_t>(columns), 5);
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; ++column) put(out, peaks[row][column], 15, 4);
}

void put_distribution(BitWriter& out, const AVHDRPlusColorTransformParams& window) {
  for (const AVRational& scale : window.maxscl) put(out, scale, 100'000, 17);
  put(out, window.average_maxrgb, 100'000, 17);
  const int count = bounded(window.num_distribution_maxrgb_percentiles, 15);
  out.write(static_cast<std::uint32_t>(count), 4);
  for (int n = 0; n < count; ++n) {
    out.write(window.distribution_maxrgb[n].percentage, 7);
    put(out, window.distribution_maxrgb[n].percentile, 100'000, 17);
  }
  put(out, window.fraction_bright_pixels, 1000, 10);
}

void put_tone_mapping(BitWriter& out, const AVHDRPlusColorTransformParams& window) {
  out.flag(window.tone_mapping_flag != 0);
  if (window.tone_mapping_flag != 0) {
    put(out, window.knee_point_x, 4095, 12);
    put(out, window.knee_point_y, 4095, 12);
    const int count = bounded(window.num_bezier_curve_anchors, 15);
    out.write(static_cast<std::uint32_t>(count), 4);
    for (int n = 0; n < count; ++n) put(out, window.bezier_curve_anchors[n], 1023, 10);
  }
  out.flag(window.color_saturation_mapping_flag != 0);
  if (window.color_saturation_mapping_flag != 0) put(out, window.color_saturation_weight, 8, 6);
}

std::uint32_t from_bcd(std::uint32_t bcd) {
  return (bcd >> 4) * 10 + (bcd & 15);
}

// SMPTE ST 12-1 counts pairs of frames above 30 per second; a flag tells the two apart.
std::uint32_t frame_number(std::uint32_t code, AVRational rate) {
  std::uint32_t frame = from_bcd((code >> 24) & 0x3f);
  if (av_cmp_q(rate, {30, 1}) != 1) return frame;
  const int second_of_pair = av_cmp_q(rate, {50, 1}) == 0 ? 7 : 23;
  return (frame * 2 + ((code >> second_of_pair) & 1)) & 0x7f;
}

void put_timestamp(BitWriter& out, std::uint32_t code, AVRational rate) {
  out.write(1, 1);                 // clock_timestamp_flag
  out.write(1, 1);                 // units_field_based_flag
  out.write(0, 5);                 // counting_type
  out.write(1, 1);                 // full_timestamp_flag
  out.write(0, 1);                 // discontinuity_flag
  out.write((code >> 30) & 1, 1);  // drop frame
  out.write(frame_number(code, rate), 9);
  out.write(from_bcd((code >> 16) & 0x7f), 6);
  out.write(from_bcd((code >> 8) & 0x7f), 6);
  out.write(from_bcd(code & 0x3f), 5);
  out.write(0, 5);  // time_offset_length
}

void append(Bytes& out, const Bytes& more) {
  out.insert(out.end(), more.begin(), more.end());
}

void append_message(Bytes& out, int type, const Bytes& payload) {
  if (!payload.empty()) append(out, sei_nal(type, payload));
}

std::span<const std::uint8_t> bytes_of(const AVFrameSideData& data) {
  return {data.data, data.size};
}

// Active format description, ETSI TS 101 154.
Bytes active_format_payload(std::span<const std::uint8_t> data) {
  if (data.empty()) return {};
  return {kUnitedStates, 0x00, 0x31,
          'D',           'T',  'G',
          '1',           0x41, static_cast<std::uint8_t>(0xf0 | (data[0] & 0x0f))};
}

Bytes coded_timecode(const AVFrameSideData& data, AVRational frame_rate) {
  std::uint32_t codes[4] = {};
  if (data.size < sizeof codes) return {};
  std::memcpy(codes, data.data, sizeof codes);
  return timecode_payload(std::span<const std::uint32_t>(codes + 1, std::min<std::size_t>(codes[0], 3)),
                          frame_rate);
}

}  // namespace

Bytes caption_payload(std::span<const std::uint8_t> cc_data) {
  const std::size_t count = std::min<std::size_t>(cc_data.size() / 3, 31);
  if (count == 0) return {};
  Bytes out{kUnitedStates, 0x00, 0x31, 'G', 'A', '9', '4', 3};
  out.push_back(static_cast<std::uint8_t>(0x40 | count));  // process_cc_data_flag and the count
  out.push_back(0xff);
  out.insert(out.end(), cc_data.begin(), cc_data.begin() + static_cast<std::ptrdiff_t>(count * 3));
  out.push_back(0xff);
  return out;
}

Bytes hdr10_plus_payload(const AVFrameSideData& data) {
  if (data.size < sizeof(AVDynamicHDRPlus)) return {};
  const auto& hdr = *reinterpret_cast<const AVDynamicHDRPlus*>(data.data);
  const int windows = hdr.num_windows;
  if (windows < 1 || windows > 3) return {};
  BitWriter out;
  out.write(kUnitedStates, 8);
  out.write(0x003C, 16);  // Samsung
  out.write(0x0001, 16);
  out.write(4, 8);  // ST 2094-40
  out.write(hdr.application_version, 8);
  out.write(static_cast<std::uint32_t>(windows), 2);
  for (int n = 1; n < windows; ++n) put_window(out, hdr.params[n]);
  put(out, hdr.targeted_system_display_maximum_luminance, 1, 27);
  put_peaks(out, hdr.targeted_system_display_actual_peak_luminance_flag != 0,
            hdr.num_rows_targeted_system_display_actual_peak_luminance,
            hdr.num_cols_targeted_system_display_actual_peak_luminance,
            hdr.targeted_system_display_actual_peak_luminance);
  for (int n = 0; n < windows; ++n) put_distribution(out, hdr.params[n]);
  put_peaks(out, hdr.mastering_display_actual_peak_luminance_flag != 0,
            hdr.num_rows_mastering_display_actual_peak_luminance,
            hdr.num_cols_mastering_display_actual_peak_luminance,
            hdr.mastering_display_actual_peak_luminance);
  for (int n = 0; n < windows; ++n) put_tone_mapping(out, hdr.params[n]);
  out.align();
  return out.take();
}

Bytes timecode_payload(std::span<const std::uint32_t> timecodes, AVRational frame_rate) {
  if (timecodes.empty() || timecodes.size() > 3) return {};
  BitWriter out;
  out.write(static_cast<std::uint32_t>(timecodes.size()), 2);
  for (const std::uint32_t code : timecodes) put_timestamp(out, code, frame_rate);
  out.end_payload();
  return out.take();
}

Bytes field_order_message(FieldOrder fields) {
  constexpr int kPictureTiming = 1;
  BitWriter out;
  out.write(fields == FieldOrder::top_first      ? 3
            : fields == FieldOrder::bottom_first ? 4
                                                 : 0,
            4);                                             // pic_struct
  out.write(fields == FieldOrder::progressive ? 1 : 0, 2);  // source_scan_type
  out.flag(false);                                          // duplicate_flag
  out.end_payload();
  return sei_nal(kPictureTiming, out.take());
}

std::uint32_t in_units(AVRational value, std::int64_t scale, int bits) {
  if (value.den == 0) return 0;
  const std::int64_t units = av_rescale(value.num, scale, value.den);
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(units, 0, (1LL << bits) - 1));
}

FrameMessages messages_of(const AVFrame& frame, AVRational frame_rate) {
  FrameMessages messages;
  for (int n = 0; n < frame.nb_side_data; ++n) {
    const AVFrameSideData& data = *frame.side_data[n];
    switch (data.type) {
      case AV_FRAME_DATA_A53_CC:
        append_message(messages.before, kRegisteredUserData, caption_payload(bytes_of(data)));
        break;
      case AV_FRAME_DATA_AFD:
        append_message(messages.before, kRegisteredUserData, active_format_payload(bytes_of(data)));
        break;
      case AV_FRAME_DATA_DYNAMIC_HDR_PLUS:
        append_message(messages.before, kRegisteredUserData, hdr10_plus_payload(data));
        break;
      case AV_FRAME_DATA_S12M_TIMECODE:
        append_message(messages.before, kTimeCode, coded_timecode(data, frame_rate));
        break;
      case AV_FRAME_DATA_DOVI_RPU_BUFFER:
        if (data.size > 0) append(messages.after, dolby_vision_nal(bytes_of(data)));
        break;
      default:
        break;
    }
  }
  return messages;
}

}  // namespace hevcpool::media
