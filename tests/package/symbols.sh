#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The shared library shows the public functions, with their version, and nothing else. Usage: symbols.sh LIBRARY
set -eu
shown=$(nm -D --defined-only --with-symbol-versions "$1" | awk '$2 != "A" { print $3 }')
versioned=$(echo "$shown" | grep '@@HEVCPOOL_2$' || true)
[ -n "$versioned" ] || { echo "no symbol has the version HEVCPOOL_2"; exit 1; }
[ "$shown" = "$versioned" ] || { echo "symbols without a version:"; echo "$shown" | grep -v '@@HEVCPOOL_2$'; exit 1; }
inner=$(echo "$shown" | sed 's/@@.*//' | c++filt | grep -v '^\(typeinfo\( name\)\? for \|vtable for \|guard variable for \)\?hevcpool::[A-Za-z]' || true)
[ -z "$inner" ] || { echo "not of the public namespace:"; echo "$inner"; exit 1; }
inner=$(echo "$shown" | sed 's/@@.*//' | c++filt | grep '^[^(]*hevcpool::\(base\|ipc\|sandbox\|pool\|media\|tasks\|plan\|host\|cli\|profile\)::' || true)
[ -z "$inner" ] || { echo "inner functions are visible:"; echo "$inner"; exit 1; }
