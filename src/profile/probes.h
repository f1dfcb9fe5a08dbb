// SPDX-License-Identifier: GPL-2.0-or-later
// USDT probes, for bpftrace and perf: a no-op instruction each until one of these is attached.
//
//   hevcpool:stage_begin  arg0: number of the stage, in the order of profile/stage.h
//   hevcpool:stage_end    arg0: the same
//   hevcpool:frame_done   arg0: number in presentation order, arg1: type as a character, arg2: bits, arg3: 100 times QP
//
// Without <sys/sdt.h> (Debian: systemtap-sdt-dev) there are none.
#pragma once

#if __has_include(<sys/sdt.h>)
#include <sys/sdt.h>
#define HEVCPOOL_PROBE1(name, a) DTRACE_PROBE1(hevcpool, name, a)
#define HEVCPOOL_PROBE4(name, a, b, c, d) DTRACE_PROBE4(hevcpool, name, a, b, c, d)
#else
#define HEVCPOOL_PROBE1(name, a) static_cast<void>(a)
#define HEVCPOOL_PROBE4(name, a, b, c, d) static_cast<void>(a), static_cast<void>(b), static_cast<void>(c), static_cast<void>(d)
#endif
