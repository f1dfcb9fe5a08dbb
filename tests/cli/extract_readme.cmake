# SPDX-License-Identifier: GPL-2.0-or-later
# Writes the C++ block of README to TARGET: the example is compiled as it stands there.
file(READ ${README} text)
string(FIND "${text}" "```cpp\n" begin)
string(SUBSTRING "${text}" ${begin} -1 text)
string(SUBSTRING "${text}" 7 -1 text)
string(FIND "${text}" "```" end)
string(SUBSTRING "${text}" 0 ${end} text)
file(WRITE ${TARGET} "${text}")
