#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# FFmpeg (npm package @ffmpeg-installer/linux-x64 4.1.0, a static build of 2018), muxers mov and mp4.
# Setting: a sound track with a language tag of ISO 639-2, written into MOV and into MP4, and read back.
# Guess before the run: in MOV a code that its table lacks becomes undetermined; MP4 keeps all.
# Seen: MP4 keeps all of them. MOV keeps only codes that are in a table of the old Macintosh, and the table mixes the two
# kinds of ISO 639-2: "fra" (terminological) and "ger", "dut", "chi" (bibliographic). "fre", "deu", "nld" and "zho" become
# code 0, which is English. Swedish is kept as "sve", which is no code of ISO 639-2; "swe" becomes English. FFmpeg prints
# no warning.
# The file format could do it: QuickTime reads packed letters, as MP4 has them, from code 0x400 on.
# Fails if any of this changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm pack --silent @ffmpeg-installer/linux-x64@4.1.0 > /dev/null
tar xzf ffmpeg-installer-linux-x64-4.1.0.tgz
ffmpeg=$folder/package/ffmpeg
chmod +x "$ffmpeg"
"$ffmpeg" -version | head -n 1

read_back() {  # FORMAT LANGUAGE
  "$ffmpeg" -v warning -y -f lavfi -i sine=duration=0.2 -c:a aac -metadata:s:a:0 "language=$2" -f "$1" "out.$1" 2>> said
  { "$ffmpeg" -i "out.$1" 2>&1 || true; } | sed -n 's/.*Stream #0:0(\([a-z]*\)).*/\1/p'
}

wrong=0
expect() {  # FORMAT LANGUAGE WANTED
  got=$(read_back "$1" "$2")
  echo "$1: $2 is read back as $got"
  [ "$got" = "$3" ] || { echo "  expected $3"; wrong=1; }
}
for language in fre fra deu ger nld dut zho chi swe kor; do expect mp4 "$language" "$language"; done
for language in fra ger dut chi sve kor; do expect mov "$language" "$language"; done
for language in fre deu nld zho swe; do expect mov "$language" eng; done
if grep -qi language said; then echo "there is a warning now:"; grep -i language said; wrong=1; fi
exit $wrong
