// SPDX-License-Identifier: GPL-2.0-or-later
// Bytes of names as text. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hevcpool {

// In the shortest form, and no surrogates.
bool is_utf8(std::string_view bytes);
// Letters, digits and -._~/ as they are, every other byte as %XX.
std::string percent_encoded(std::string_view bytes);
// Nothing where a % is not followed by two hexadecimal digits.
std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace hevcpool
