// SPDX-License-Identifier: GPL-2.0-or-later
// A fuzz target is one function that takes any bytes and must neither crash nor hang. Linked with libFuzzer where
// clang builds it, and with driver.cpp, which feeds it seeded damage, everywhere else.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
