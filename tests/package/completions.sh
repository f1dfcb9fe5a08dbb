#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every option that --help shows is offered by the completions of every shell, and has its place in the manual.
# Usage: completions.sh PROGRAM DOCUMENTS
set -u
program=$1 documents=$2 bad=0
complain() { echo "$*"; bad=1; }
# shellcheck disable=SC1091  # made by the build
source "$documents/bash/hevcpool"
! command -v zsh > /dev/null || zsh -n "$documents/zsh/_hevcpool" || complain "zsh cannot read its script"
! command -v fish > /dev/null || fish --no-execute "$documents/fish/hevcpool.fish" || complain "fish cannot read its script"

# offered WORD...: what bash offers for the last of them
offered() {
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
  _hevcpool 2> /dev/null
  printf '%s\n' "${COMPREPLY[@]}"
}

commands=$("$program" --help | sed -n 's/^  \([a-z]\+\) .*/\1/p')
[ -n "$commands" ] || complain "the program lists no command"
for command in $commands; do
  offered hevcpool "" | grep -qx "$command" || complain "bash does not offer $command"
  grep -q "^    '$command:" "$documents/zsh/_hevcpool" || complain "zsh does not offer $command"
  grep -q -- "-fa $command -d" "$documents/fish/hevcpool.fish" || complain "fish does not offer $command"
  options=$("$program" "$command" --help | grep -o '^  -[^ ]*' | tr -d ' ' | tr ',' '\n' | sed 's/{.*//')
  [ -n "$options" ] || complain "$command has no options"
  answers=$(offered hevcpool "$command" -)
  for option in $options; do
    grep -qx -- "$option" <<< "$answers" || complain "bash does not offer $command $option"
    sed -n "/^    $command)/,/;;/p" "$documents/zsh/_hevcpool" | grep -q -- "${option}[],=['}]" || complain "zsh does not offer $command $option"
    case $option in --*) fish_option="-l ${option#--}" ;; *) fish_option="-s ${option#-}" ;; esac
    grep -- "from $command'" "$documents/fish/hevcpool.fish" | grep -q -- "$fish_option " || complain "fish does not offer $command $option"
    grep -qF -- "${option//-/\\-}\\fR" "$documents/man1/hevcpool-$command.1" || complain "no manual for $command $option"
  done
done
[ "$(offered hevcpool encode --container "" | tr '\n' ' ')" = "auto mp4 mkv mov " ] || complain "bash: values of --container"
[ "$(offered hevcpool encode --container = m | tr '\n' ' ')" = "mp4 mkv mov " ] || complain "bash: values after ="
[ "$(offered hevcpool audio --codec a)" = aac ] || complain "bash: values of --codec"
exit $bad
