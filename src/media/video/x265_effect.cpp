// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/video/x265_effect.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace hevcpool::media {
namespace {

using Read = double (*)(const x265_param&);

struct Member {
  std::string_view key;
  Read value;
};

// The parameters that x265 may change as it opens, by any of their names.
constexpr Member kMembers[] = {
    {"amp", [](const x265_param& p) { return double(p.bEnableAMP); }},
    {"aq-mode", [](const x265_param& p) { return double(p.rc.aqMode); }},
    {"aq-strength", [](const x265_param& p) { return p.rc.aqStrength; }},
    {"b-intra", [](const x265_param& p) { return double(p.bIntraInBFrames); }},
    {"b-pyramid", [](const x265_param& p) { return double(p.bBPyramid); }},
    {"bframes", [](const x265_param& p) { return double(p.bframes); }},
    {"bframe-bias", [](const x265_param& p) { return double(p.bFrameBias); }},
    {"ctu", [](const x265_param& p) { return double(p.maxCUSize); }},
    {"cutree", [](const x265_param& p) { return double(p.rc.cuTree); }},
    {"fades", [](const x265_param& p) { return double(p.bEnableFades); }},
    {"gop-lookahead", [](const x265_param& p) { return double(p.gopLookahead); }},
    {"hrd", [](const x265_param& p) { return double(p.bEmitHRDSEI); }},
    {"lookahead-slices", [](const x265_param& p) { return double(p.lookaheadSlices); }},
    {"opt-cu-delta-qp", [](const x265_param& p) { return double(p.bOptCUDeltaQP); }},
    {"opt-qp-pps", [](const x265_param& p) { return double(p.bOptQpPPS); }},
    {"opt-ref-list-length-pps", [](const x265_param& p) { return double(p.bOptRefListLengthPPS); }},
    {"psy-rd", [](const x265_param& p) { return p.psyRd; }},
    {"psy-rdoq", [](const x265_param& p) { return p.psyRdoq; }},
    {"rc-lookahead", [](const x265_param& p) { return double(p.lookaheadDepth); }},
    {"rect", [](const x265_param& p) { return double(p.bEnableRectInter); }},
    {"ref", [](const x265_param& p) { return double(p.maxNumReferences); }},
    {"rd", [](const x265_param& p) { return double(p.rdLevel); }},
    {"rdoq-level", [](const x265_param& p) { return double(p.rdoqLevel); }},
    {"slices", [](const x265_param& p) { return double(p.maxSlices); }},
    {"strict-cbr", [](const x265_param& p) { return double(p.rc.bStrictCbr); }},
    {"temporal-layers", [](const x265_param& p) { return double(p.bEnableTemporalSubLayers); }},
    {"vbv-bufsize", [](const x265_param& p) { return double(p.rc.vbvBufferSize); }},
    {"vbv-maxrate", [](const x265_param& p) { return double(p.rc.vbvMaxBitrate); }},
    {"weightb", [](const x265_param& p) { return double(p.bEnableWeightedBiPred); }},
    {"weightp", [](const x265_param& p) { return double(p.bEnableWeightedPred); }},
};

std::string text_of(const KeyValue& pair) { return pair.value.empty() ? pair.key : pair.key + "=" + pair.value; }

// It optimises for HDR10 pictures only, and changes nothing of others.
bool is_hdr10(const x265_param& param) {
  constexpr int kBt2020 = 9, kPq = 16, kBt2020Matrix = 9;
  return param.internalCsp == X265_CSP_I420 && param.internalBitDepth == 10 && param.vui.colorPrimaries == kBt2020 &&
         param.vui.transferCharacteristics == kPq && param.vui.matrixCoeffs == kBt2020Matrix;
}

std::optional<std::string> sentence(const KeyValue& pair, const x265_param& asked, const x265_param& used) {
  const std::string key = positive_key(pair.key);
  if ((key == "hdr10-opt" || key == "hdr-opt") && (asked.bHDROpt != 0 || asked.bHDR10Opt != 0) && !is_hdr10(used))
    return fmt::format("the x265 parameter '{}' has no effect: the picture is not HDR10 (10-bit 4:2:0, BT.2020, PQ)",
                       text_of(pair));
  const auto* member = std::ranges::find(kMembers, key, &Member::key);
  if (member == std::end(kMembers) || member->value(asked) == member->value(used)) return std::nullopt;
  return fmt::format("x265 does not take the parameter '{}': with the other settings and this picture it uses {:g}",
                     text_of(pair), member->value(used));
}

}  // namespace

std::vector<std::string> without_effect(const std::string& x265_params, const x265_param& asked, const x265_param& used) {
  std::vector<std::string> sentences;
  for (const KeyValue& pair : split_x265_params(x265_params))
    if (auto text = sentence(pair, asked, used)) sentences.push_back(std::move(*text));
  return sentences;
}

}  // namespace hevcpool::media
