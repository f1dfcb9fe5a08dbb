// SPDX-License-Identifier: GPL-2.0-or-later
// What the shared library shows. Everything else in it is hidden.
#pragma once

#if defined(__GNUC__)
#define HEVCPOOL_API __attribute__((visibility("default")))
#else
#define HEVCPOOL_API
#endif
