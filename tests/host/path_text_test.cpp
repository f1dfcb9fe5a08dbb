// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/path_text.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace hevcpool::host {
namespace {

TEST(PathText, Utf8IsWrittenAsItIs) {
  nlohmann::json object;
  put_path(object, "input", "a\n\"Größe\" %d.mp4");
  EXPECT_EQ(object.dump(), R"({"input":"a\n\"Größe\" %d.mp4"})");
}

TEST(PathText, OtherBytesAreShownAndKept) {
  nlohmann::json object;
  put_path(object, "input", "v/caf\xe9 1.avi");
  EXPECT_EQ(object["input"], "v/caf\xef\xbf\xbd 1.avi");
  EXPECT_EQ(object["input_bytes"], "v/caf%E9%201.avi");
}

TEST(PathText, ListsHaveTheBytesOfAll) {
  nlohmann::json object;
  put_paths(object, "outputs", {"a b", "\xe9"});
  EXPECT_EQ(object.dump(), "{\"outputs\":[\"a b\",\"\xef\xbf\xbd\"],\"outputs_bytes\":[\"a%20b\",\"%E9\"]}");
}

}  // namespace
}  // namespace hevcpool::host
