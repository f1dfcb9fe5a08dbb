// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/libav/av.h"

#include <array>
#include <cerrno>

namespace hevcpool::media {
namespace {

struct NamedError {
  int value;
  const char* name;
};

constexpr std::array kLibavErrors = {
    NamedError{AVERROR_INVALIDDATA, "invalid_data"},       NamedError{AVERROR_EOF, "end_of_file"},
    NamedError{AVERROR_PATCHWELCOME, "unsupported"},       NamedError{AVERROR_DECODER_NOT_FOUND, "no_decoder"},
    NamedError{AVERROR_DEMUXER_NOT_FOUND, "no_demuxer"},   NamedError{AVERROR_ENCODER_NOT_FOUND, "no_encoder"},
    NamedError{AVERROR_MUXER_NOT_FOUND, "no_muxer"},       NamedError{AVERROR_FILTER_NOT_FOUND, "no_filter"},
    NamedError{AVERROR_BSF_NOT_FOUND, "no_bitstream_filter"}, NamedError{AVERROR_STREAM_NOT_FOUND, "no_stream"},
    NamedError{AVERROR_OPTION_NOT_FOUND, "bad_option"},    NamedError{AVERROR_EXTERNAL, "external"},
    NamedError{AVERROR_BUG, "bug"},                        NamedError{AVERROR_EXIT, "exit"},
    NamedError{AVERROR_UNKNOWN, "unknown"},                NamedError{AVERROR_EXPERIMENTAL, "experimental"},
};

// POSIX errors are negative errnos; libav's own are negative four-character tags, far below them.
std::string error_code(int averror) {
  for (const NamedError& known : kLibavErrors)
    if (known.value == averror) return known.name;
  return averror < 0 && averror > -4096 ? errno_name(AVUNERROR(averror)) : "unknown";
}

}  // namespace

std::string av_message(int averror) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(averror, text.data(), text.size());
  return text.data();
}

Unexpected fail_av(std::string_view stage, std::string_view what, int averror) {
  return fail(stage, error_code(averror), fmt::format("{}: {}", what, av_message(averror)), averror);
}

}  // namespace hevcpool::media
