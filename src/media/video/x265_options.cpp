// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/video/x265_options.h"

#include "media/video/filter_rules.h"
#include "media/video/video_track.h"
#include "media/video/x265_threads.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace hevcpool::media {
namespace {

struct Refusal {
  std::string_view reason;
  std::vector<std::string_view> keys;
};

const std::vector<Refusal>& refusals() {
  static const std::vector<Refusal> list{
      {"threads are set with --threads, one encoder per worker",
       {"pools", "numa-pools", "frame-threads", "threads", "wpp", "pmode", "pme", "lookahead-threads",
        "threaded-me", "svt"}},
      {"the encoder may not touch files",
       {"csv",
        "csv-log-level",
        "analysis-save",
        "analysis-load",
        "analysis-reuse-file",
        "analysis-reuse-mode",
        "analysis-reuse-level",
        "analysis-save-reuse-level",
        "analysis-load-reuse-level",
        "multi-pass-opt-analysis",
        "multi-pass-opt-distortion",
        "stats",
        "qpfile",
        "lambda-file",
        "recon",
        "recon-depth",
        "recon-y4m-exec",
        "dolby-vision-rpu",
        "dhdr10-info",
        "zonefile",
        "nalu-file",
        "input",
        "output",
        "log-file",
        "vmaf",
        "film-grain",
        "aom-film-grain",
        "scenecut-qp-config",
        "abr-ladder",
        "multiview-config"}},
      {"use --two-pass", {"pass", "slow-firstpass"}},
      {"use the option of the same name", {"preset", "tune", "profile"}},
      {"this follows from the source",
       {"input-res", "input-csp", "input-depth", "output-depth", "fps", "seek", "frames", "y4m", "sar",
        "interlace", "field", "master-display", "max-cll", "dolby-vision-profile", "total-frames",
        "decoder-max-rate", "colorprim", "transfer", "colormatrix", "range", "chromaloc", "videoformat", "video-signal-type-preset"}},
      {"it would break the stream or lose frames",
       {"annexb", "repeat-headers", "frame-dup", "dup-threshold", "chunk-start", "chunk-end", "copy-pic",
        "log-level", "log", "dhdr10-opt", "conformance-window-offsets",
        "alpha", "num-views", "scc"}},
      {"it waits for what only another encoder can tell", {"ctu-info"}},
  };
  return list;
}

// Keys that name a file only with some values.
bool names_a_file(const std::string& key, const std::string& value) {
  return key == "scaling-list" && !value.empty() && value != "off" && value != "default";
}

Expected<void> refuse(const KeyValue& pair) {
  const std::string key = positive_key(pair.key);
  for (const auto& refusal : refusals())
    if (std::find(refusal.keys.begin(), refusal.keys.end(), key) != refusal.keys.end())
      return fail("encode", "bad_option",
                  fmt::format("x265 parameter '{}' is not allowed: {}", pair.key, refusal.reason));
  if (names_a_file(key, pair.value))
    return fail("encode", "bad_option",
                fmt::format("x265 parameter '{}={}' is not allowed: the encoder may not touch files",
                            pair.key, pair.value));
  return {};
}

// libx265 takes any number, and only as it opens says that there is no such level.
Expected<void> check_level(const KeyValue& pair) {
  constexpr std::array kLevels = {0, 10, 20, 21, 30, 31, 40, 41, 50, 51, 52, 60, 61, 62, 85};
  const std::string key = positive_key(pair.key), &text = pair.value;
  if (key != "level-idc" && key != "level") return {};
  double value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool number = error == std::errc{} && end == text.data() + text.size();
  const double level = value < 10 ? std::round(value * 10) : value;
  if (number && std::ranges::find(kLevels, level) != kLevels.end()) return {};
  return fail("encode", "bad_option", fmt::format("x265 parameter '{}={}': there is no such level", pair.key, text));
}

// libx265 believes any set of instructions, and dies of those that are not there.
Expected<void> check_instructions(const KeyValue& pair, const x265_param& param, int found) {
  if (pair.key != "asm" || pair.value == "avx512" || (param.cpuid & ~found) == 0) return {};
  return fail("encode", "bad_option",
              fmt::format("x265 parameter 'asm={}': this processor does not have all of that", pair.value));
}

bool contains(const char* const* names, const std::string& name) {
  for (; *names != nullptr; ++names)
    if (name == *names) return true;
  return false;
}

Expected<void> check_names(const EncodeOptions& options) {
  if (!contains(x265_preset_names, options.preset))
    return fail("encode", "bad_option", fmt::format("unknown preset '{}'", options.preset));
  if (!options.tune.empty() && !contains(x265_tune_names, options.tune))
    return fail("encode", "bad_option", fmt::format("unknown tune '{}'", options.tune));
  if (!options.profile.empty() && !contains(x265_profile_names, options.profile))
    return fail("encode", "bad_option", fmt::format("unknown profile '{}'", options.profile));
  return {};
}

Expected<void> check_rate(const EncodeOptions& options) {
  if (options.crf && !(*options.crf >= 0 && *options.crf <= 51))
    return fail("encode", "bad_option", fmt::format("crf {} is not between 0 and 51", *options.crf));
  if (options.crf && options.bitrate != 0)
    return fail("encode", "bad_option", "crf and bitrate exclude each other");
  if (options.lossless && (options.crf || options.bitrate != 0))
    return fail("encode", "bad_option", "lossless excludes crf and bitrate");
  if (options.two_pass && options.bitrate == 0)
    return fail("encode", "bad_option", "two passes need a bitrate");
  if (options.bitrate != 0 && (options.bitrate < 1000 || options.bitrate > 2'000'000'000))
    return fail("encode", "bad_option",
                fmt::format("bitrate {} is not between 1k and 2000M", options.bitrate));
  return {};
}

void set_rate(x265_param& param, const EncodeOptions& options) {
  if (options.lossless) {
    param.bLossless = 1;
  } else if (options.bitrate != 0) {
    param.rc.rateControlMode = X265_RC_ABR;
    param.rc.bitrate = static_cast<int>(options.bitrate / 1000);
  } else {
    param.rc.rateControlMode = X265_RC_CRF;
    param.rc.rfConstant = options.crf.value_or(28);
  }
}

// A picture that every set of options must be able to encode.
void set_trial_format(x265_param& param) {
  param.sourceWidth = 640;
  param.sourceHeight = 384;
  param.internalCsp = X265_CSP_I420;
  param.fpsNum = 25;
  param.fpsDenom = 1;
  param.logLevel = X265_LOG_NONE;
  param.levelIdc = 0;  // a level is about the true size
}

bool opens(const x265_api& api, const EncodeOptions& options) {
  auto param = make_x265_param(api, options);
  if (!param) return false;
  set_trial_format(**param);
  x265_encoder* encoder = api.encoder_open(param->get());
  if (encoder != nullptr) api.encoder_close(encoder);
  return encoder != nullptr;
}

// Which pair the encoder does not open with: the first after which it fails.
Unexpected blame(const x265_api& api, EncodeOptions options) {
  const auto pairs = split_x265_params(options.x265_params);
  options.x265_params.clear();
  if (!opens(api, options)) return fail("encode", "bad_option", "x265 refuses this combination of options");
  for (const auto& [key, value] : pairs) {
    options.x265_params +=
        (options.x265_params.empty() ? "" : ":") + key + (value.empty() ? "" : "=" + value);
    if (!opens(api, options))
      return fail("encode", "bad_option", fmt::format("x265 refuses the value of '{}={}'", key, value));
  }
  return fail("encode", "bad_option", "x265 refuses these parameters");
}

}  // namespace

std::string positive_key(std::string key) {
  std::replace(key.begin(), key.end(), '_', '-');
  if (key.starts_with("no-")) key.erase(0, 3);
  return key;
}

std::vector<KeyValue> split_x265_params(std::string_view text) {
  std::vector<KeyValue> pairs;
  std::string item;
  auto finish = [&] {
    const auto equal = item.find('=');
    if (!item.empty())
      pairs.push_back({item.substr(0, equal), equal == std::string::npos ? "" : item.substr(equal + 1)});
    item.clear();
  };
  for (std::size_t n = 0; n < text.size(); ++n) {
    if (text[n] == '\\' && n + 1 < text.size())
      item += text[++n];
    else if (text[n] == ':')
      finish();
    else
      item += text[n];
  }
  finish();
  return pairs;
}

Expected<const x265_api*> x265_for(int depth) {
  const x265_api* api = x265_api_get(depth);
  if (api == nullptr || api->bit_depth != depth || api->api_major_version != X265_MAJOR_VERSION ||
      static_cast<std::size_t>(api->sizeof_param) != sizeof(x265_param))
    return fail("encode", "no_encoder", fmt::format("libx265 has no {}-bit encoder", depth));
  return api;
}

Expected<void> set_x265(const x265_api& api, x265_param& param, const std::string& key,
                        const std::string& value) {
  switch (api.param_parse(&param, key.c_str(), value.empty() ? nullptr : value.c_str())) {
    case 0:
      return {};
    case X265_PARAM_BAD_NAME:
      return fail("encode", "bad_option", fmt::format("x265 has no parameter '{}'", key));
    default:
      return fail("encode", "bad_option", fmt::format("x265 parameter '{}' cannot be '{}'", key, value));
  }
}

Expected<X265ParamPtr> make_x265_param(const x265_api& api, const EncodeOptions& options) {
  HEVCPOOL_CHECK(check_names(options));
  HEVCPOOL_CHECK(check_rate(options));
  X265ParamPtr param(api.param_alloc(), FreeX265Param{&api});
  if (!param) return fail("encode", "ENOMEM", "no memory for the encoder");
  const char* tune = options.tune.empty() ? nullptr : options.tune.c_str();
  if (api.param_default_preset(param.get(), options.preset.c_str(), tune) < 0)
    return fail("encode", "bad_option", fmt::format("x265 refuses preset '{}'", options.preset));
  const int instructions = param->cpuid;
  param->logLevel = X265_LOG_WARNING;
  param->bRepeatHeaders = 0;
  param->bAnnexB = 1;
  param->bOpenGOP = 0;  // pictures that reach across a key frame trouble other decoders (libde265) and seeking
  set_rate(*param, options);
  HEVCPOOL_CHECK(set_threads(api, *param, options.threads));
  for (const auto& pair : split_x265_params(options.x265_params)) {
    HEVCPOOL_CHECK(refuse(pair));
    HEVCPOOL_CHECK(check_level(pair));
    HEVCPOOL_CHECK(set_x265(api, *param, pair.key, pair.value));
    HEVCPOOL_CHECK(check_instructions(pair, *param, instructions));
  }
  return param;
}

Expected<void> apply_x265_profile(const x265_api& api, x265_param& param, const EncodeOptions& options) {
  if (options.profile.empty() || api.param_apply_profile(&param, options.profile.c_str()) == 0) return {};
  return fail("encode", "bad_option",
              fmt::format("profile '{}' does not fit the source's format or these options", options.profile));
}

Expected<void> check_x265_options(const EncodeOptions& options) {
  HEVCPOOL_ASSIGN(const x265_api* api, x265_for(8));
  HEVCPOOL_CHECK(make_x265_param(*api, options));
  EncodeOptions trial = options;
  trial.threads = 1;
  if (!opens(*api, trial)) return blame(*api, trial);
  return {};
}

Expected<void> validate_video_options(const EncodeOptions& options) {
  HEVCPOOL_CHECK(check_x265_options(options));
  HEVCPOOL_CHECK(compose_filters(options));
  return check_filter_graph(options.vf);
}

}  // namespace hevcpool::media
