// SPDX-License-Identifier: GPL-2.0-or-later
// Two clips, and the program run over them: what it refuses leaves everything as it was.
#pragma once

#include "e2e/running.h"
#include "e2e/stage.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace hevcpool::e2e {

class TaskStageTest : public testing::Test {
 protected:
  // The exit code; what was said is kept.
  int run(const std::vector<std::string>& arguments) {
    Running program(arguments);
    const End end = program.wait();
    out = program.out();
    err = program.err();
    return end.exit_code;
  }
  void expect_refusal(const std::vector<std::string>& arguments, const std::string& reason) {
    const auto files = Stage::files(stage.folder().path());
    const auto sources = stage.sources();
    EXPECT_EQ(run(arguments), 2) << err;
    EXPECT_THAT(err, testing::HasSubstr(reason));
    EXPECT_EQ(Stage::files(stage.folder().path()), files);
    EXPECT_EQ(stage.sources(), sources);
  }

  Stage stage{2};
  const std::string a = stage.in() + "/clip-1.mp4", b = stage.in() + "/clip-2.mp4";
  std::string out, err;
};

}  // namespace hevcpool::e2e
