// SPDX-License-Identifier: GPL-2.0-or-later
#include "tasks/encode.h"

#include "base/unique_fd.h"
#include "tasks/fake_context.h"
#include "media/segment_clip.h"
#include "tasks/encode_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hevcpool::tasks {
namespace {

using ::testing::HasSubstr;

UniqueFd memory_file() { return UniqueFd(::memfd_create("target", MFD_CLOEXEC)); }

off_t size_of(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 ? status.st_size : -1;
}

class EncodeTasksTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(source.valid()); }

  EncodeOptions options() {
    EncodeOptions made;
    made.preset = "ultrafast";
    return made;
  }
  EncodeArgument argument() { return {.name = "clip.mp4", .options = options()}; }

  EncodeAnswer encode() {
    FakeContext context(to_text(argument()), {source.get(), target.get()});
    auto answer = answer_of<EncodeAnswer>(encode_task(context));
    messages = context.messages;
    return answer;
  }
  TaskResult verify(const EncodeAnswer& made) {
    VerifyArgument wanted{.name = "clip.mp4", .options = options(), .expected = made.report};
    FakeContext context(to_text(wanted), {target.get(), source.get()});
    return verify_task(context);
  }
  template <class T>
  static T answer_of(const TaskResult& result) {
    if (const auto* error = std::get_if<TaskError>(&result)) {
      ADD_FAILURE() << error->stage << ": " << error->message << "\n" << error->log;
      return {};
    }
    auto answer = from_text<T>(std::get<std::string>(result));
    EXPECT_TRUE(answer) << answer.error().message;
    return answer.value_or(T{});
  }
  static TaskError error_of(const TaskResult& result) {
    const auto* error = std::get_if<TaskError>(&result);
    if (error == nullptr) ADD_FAILURE() << "no error but " << std::get<std::string>(result);
    return error != nullptr ? *error : TaskError{};
  }

  UniqueFd source = media::test::make_clip({.frames = 30});
  UniqueFd target = memory_file();
  std::vector<std::string> messages;
};

TEST_F(EncodeTasksTest, InspectTellsWhatTheSourceHolds) {
  FakeContext context(to_text(InspectArgument{"clip.mp4", options()}), {source.get()});
  auto answer = answer_of<InspectAnswer>(inspect_task(context));
  EXPECT_TRUE(answer.inspection.has_video);
  EXPECT_FALSE(answer.inspection.is_hevc);
  EXPECT_EQ(answer.inspection.width, 160);
  EXPECT_EQ(answer.inspection.container, Container::mp4);
  ASSERT_EQ(answer.inspection.streams.size(), 1U);
  EXPECT_EQ(answer.inspection.streams[0].action, media::StreamPlan::Action::encode);
}

TEST_F(EncodeTasksTest, EncodeFillsTheTargetAndVerifyAgrees) {
  auto made = encode();
  EXPECT_EQ(made.report.frames, 30);
  EXPECT_FALSE(made.over_limit);
  EXPECT_GT(size_of(target.get()), 1000);
  EXPECT_EQ(made.report.bytes_out, static_cast<std::uint64_t>(size_of(target.get())));
  answer_of<VerifyAnswer>(verify(made));
  ASSERT_FALSE(messages.empty());
  EXPECT_TRUE(from_text<ProgressMessage>(messages.front()));
}

TEST_F(EncodeTasksTest, VerifyNoticesWhatIsMissing) {
  auto made = encode();
  auto lying = made;
  ASSERT_FALSE(lying.report.outputs.empty());
  ++lying.report.outputs[0].packets;
  EXPECT_FALSE(error_of(verify(lying)).message.empty());
  ASSERT_EQ(::ftruncate(target.get(), size_of(target.get()) / 2), 0);
  EXPECT_FALSE(error_of(verify(made)).message.empty());
}

TEST_F(EncodeTasksTest, EncodeStopsAtTheByteLimit) {
  auto limited = argument();
  limited.byte_limit = 1;
  FakeContext context(to_text(limited), {source.get(), target.get()});
  auto answer = answer_of<EncodeAnswer>(encode_task(context));
  EXPECT_TRUE(answer.over_limit || answer.report.bytes_out >= 1);
}

TEST_F(EncodeTasksTest, ASecondAttemptBeginsWithAnEmptyTarget) {
  std::string junk(1'000'000, 'x');
  ASSERT_EQ(::pwrite(target.get(), junk.data(), junk.size(), 0), static_cast<ssize_t>(junk.size()));
  auto made = encode();
  EXPECT_LT(size_of(target.get()), 1'000'000);
  answer_of<VerifyAnswer>(verify(made));
}

TEST_F(EncodeTasksTest, ACancelledEncodeEndsWithAnError) {
  FakeContext context(to_text(argument()), {source.get(), target.get()});
  context.is_cancelled = true;
  EXPECT_FALSE(error_of(encode_task(context)).stage.empty());
}

TEST_F(EncodeTasksTest, WhatIsNoVideoIsRefusedWithTheStage) {
  auto text = memory_file();
  ASSERT_EQ(::pwrite(text.get(), "not a video at all", 18, 0), 18);
  FakeContext context(to_text(InspectArgument{"clip.mp4", options()}), {text.get()});
  auto error = error_of(inspect_task(context));
  EXPECT_EQ(error.stage, "open");
  EXPECT_FALSE(error.message.empty());
}

TEST_F(EncodeTasksTest, ABadArgumentIsRefusedByName) {
  FakeContext unknown(R"({"nmae": "a"})", {source.get()});
  EXPECT_THAT(error_of(inspect_task(unknown)).message, HasSubstr("nmae"));
  FakeContext no_json("", {source.get()});
  EXPECT_EQ(error_of(encode_task(no_json)).stage, "request");
}

TEST_F(EncodeTasksTest, MissingDescriptorsAreRefused) {
  FakeContext none(to_text(InspectArgument{"clip.mp4", options()}), {});
  EXPECT_THAT(error_of(inspect_task(none)).message, HasSubstr("1 descriptors are needed, 0 came"));
  FakeContext one(to_text(argument()), {source.get()});
  EXPECT_THAT(error_of(encode_task(one)).message, HasSubstr("2 descriptors are needed, 1 came"));
}

}  // namespace
}  // namespace hevcpool::tasks
