// SPDX-License-Identifier: GPL-2.0-or-later
// What is lost of a source in a container although the container takes the streams: descriptions of pictures and sound,
// labels, tags. Plain functions over libav's descriptions.
#pragma once

#include "media/audio/audio_request.h"
#include "media/input/source.h"
#include "media/plan/inspection.h"

#include <string>
#include <vector>

namespace hevcpool::media {

// How the picture is meant to be shown, as far as the container cannot say it ("its 3D layout (side by side)"). Turns
// by a quarter are no loss: the picture itself is turned where that is needed.
std::vector<std::string> picture_descriptions_lost(Container container, const AVStream& stream);

// The layout that the sound of a planned stream will have.
ChannelLayout layout_planned(const StreamPlan& plan, const AVStream& stream, const AudioRequest& request);

// Of all streams of the plan that are not dropped, and of the file itself.
std::vector<Warning> find_losses(const Inspection& inspection, const Source& source, const AudioRequest& request);

}  // namespace hevcpool::media
