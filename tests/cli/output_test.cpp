// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/term/output.h"

#include "base/unique_fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

namespace hevcpool::cli {
namespace {

struct Pipe {
  Pipe() {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    reader.reset(ends[0]);
    writer.reset(ends[1]);
  }
  UniqueFd reader, writer;
};

TEST(OutputTest, NeverWaitsForTheReader) {
  Pipe pipe;
  Output output(pipe.writer.get());
  const std::string text(300'000, 'x');
  output.write(text);
  EXPECT_GT(output.pending(), 100'000U);
  std::size_t got = 0;
  for (char part[65536]; output.pending() > 0; output.flush())
    got += static_cast<std::size_t>(::read(pipe.reader.get(), part, sizeof part));
  EXPECT_GT(got, 200'000U);
}

TEST(OutputTest, AReaderThatIsGoneEndsTheWriting) {
  ::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  pipe.reader.reset();
  Output output(pipe.writer.get());
  output.write("x");
  EXPECT_EQ(output.error(), EPIPE);
  output.write("y");
  EXPECT_EQ(output.pending(), 0U);
}

TEST(OutputTest, WhatIsLostChangesASuccessfulExit) {
  UniqueFd full(::open("/dev/full", O_WRONLY));
  Pipe pipe;
  Output out(full.get()), err(pipe.writer.get());
  out.write("x");
  EXPECT_EQ(finish_outputs("hevcpool encode", out, err, 0), 1);
  EXPECT_EQ(finish_outputs("hevcpool encode", out, err, 130), 130);
  std::string said(200, '\0');
  said.resize(static_cast<std::size_t>(::read(pipe.reader.get(), said.data(), said.size())));
  EXPECT_EQ(said.substr(0, said.find('\n')),
            "hevcpool encode: standard output: No space left on device: not everything could be told");
  Output fine(pipe.writer.get());
  fine.write("y");
  EXPECT_EQ(finish_outputs("hevcpool encode", fine, err, 0), 0);
}

}  // namespace
}  // namespace hevcpool::cli
