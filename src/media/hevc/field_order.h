// SPDX-License-Identifier: GPL-2.0-or-later
// How a picture is made of fields.
#pragma once

namespace hevcpool::media {

// Progressive, or the field that is shown first.
enum class FieldOrder { progressive, top_first, bottom_first };

}  // namespace hevcpool::media
