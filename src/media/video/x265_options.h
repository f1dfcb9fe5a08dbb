// SPDX-License-Identifier: GPL-2.0-or-later
// The x265 parameters that a request asks for: preset, tune, profile, rate control and K=V pairs, checked by
// name. Keys that would start threads, touch files or break what the pipeline promises are refused. Pure
// apart from libx265's own tables.
#pragma once

#include <hevcpool/encode.h>
#include <x265.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace hevcpool::media {

struct FreeX265Param {
  const x265_api* api = nullptr;
  void operator()(x265_param* param) const { api->param_free(param); }
};
using X265ParamPtr = std::unique_ptr<x265_param, FreeX265Param>;

struct KeyValue {
  std::string key, value;  // value empty: a switch
};

// "K=V:K=V" with '\' before a ':' that belongs to a value.
// The key with "-" for "_", and without "no-".
std::string positive_key(std::string key);

std::vector<KeyValue> split_x265_params(std::string_view text);

// The library for a bit depth of 8, 10 or 12.
Expected<const x265_api*> x265_for(int depth);

// Parameters for the request, without a picture format. One busy thread unless options.threads says more.
Expected<X265ParamPtr> make_x265_param(const x265_api& api, const EncodeOptions& options);

// x265_param_parse() with an error that names the key or the value.
Expected<void> set_x265(const x265_api& api, x265_param& param, const std::string& key,
                        const std::string& value);

// Profile as asked for; to be applied when the picture format is set.
Expected<void> apply_x265_profile(const x265_api& api, x265_param& param, const EncodeOptions& options);

// Everything that can be wrong with the request's encoder options, found without a picture: opens and closes
// an encoder. The error names the key or the value.
Expected<void> check_x265_options(const EncodeOptions& options);

}  // namespace hevcpool::media
