// SPDX-License-Identifier: GPL-2.0-or-later
// Where each input's output goes, and whether that can be allowed: every conflict is found before anything starts.
// Looks at folders and file identities, changes nothing (but see require_writable()). Values only; any thread.
#pragma once

#include "plan/paths/inputs.h"

#include <hevcpool/encode.h>

#include <string>
#include <vector>

namespace hevcpool::plan {

struct OutputRule {
  std::string output;                         // -o: a file for one input, else a folder; empty: beside the source
  bool single = false;                        // the command names exactly one input, and it is no folder or list
  Container container = Container::automatic;
  bool replace = false;                       // the output takes the source's place
};

// A full name, or one whose extension the container decides once it is known.
struct Target {
  std::string path;
  bool exact = false;
};

// True when `output` can only mean a folder for this command.
bool is_output_folder(const OutputRule& rule);
Expected<Target> map_output(const Input& input, const OutputRule& rule);
// The same for an output that is not exact, with the source's whole name in place of what is left without its extension.
Target map_whole_name(const Input& input, const OutputRule& rule);
// Every name that the target may turn out to have.
std::vector<std::string> possible_names(const Target& target, Container container);

// A name without its folder's spelling: the identity of the nearest existing folder and what follows it. Equal for
// equal places, whatever links or dots lead there.
std::string place_of(const std::string& path);

struct Pair {
  Input input;
  Target target;
};
// Names every pair of inputs with one target and every target that is an input. Inputs that are one file with one
// target are reduced to the first. Where sources are replaced, this is about what was named: of sources that a walk
// found the job alone fails whose new name is taken.
Expected<std::vector<Pair>> without_conflicts(std::vector<Pair> pairs, const OutputRule& rule);

// The folder that `target` will be in, or the nearest one above it that exists.
std::string existing_folder(const std::string& path);
// Fails, naming the folder, where a file could not be made in it. Makes an unnamed file to find out, or, where the
// file system has none, a named one that it removes; with `dry` only asks for the permission.
Expected<void> require_writable(const std::string& folder, bool dry);

}  // namespace hevcpool::plan
