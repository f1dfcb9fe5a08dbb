// SPDX-License-Identifier: GPL-2.0-or-later
// Which streams of a source a copied clip holds, and in which form. Plain functions.
#pragma once

#include "media/clip/clip.h"
#include "media/input/source.h"
#include "media/plan/inspection.h"

#include <optional>
#include <vector>

namespace hevcpool::media {

struct ClipPlan {
  const AVOutputFormat* muxer = nullptr;
  Container container = Container::automatic;  // automatic: another one than a conversion makes
  std::vector<StreamPlan> streams;             // by index in the source; moving pictures are copied
  int film = -1;                               // the stream that decides where the clip begins; -1: sound only
};

// The container by its extension; nothing where a conversion does not make it.
std::optional<Container> clip_container(const AVOutputFormat& muxer);
// Diagnostics what is lost; where the request is strict that is an error. So is a source with a film that the clip would not
// have.
Expected<ClipPlan> plan_clip(const ClipRequest& request, Source& source, Diagnostics& notes);
// The film of a source: what most players show. Null: it has none.
const AVStream* find_film(const InputFile& file);

}  // namespace hevcpool::media
