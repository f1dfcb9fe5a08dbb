// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/segment/cut_proof.h"

#include <gtest/gtest.h>

namespace hevcpool::media {
namespace {

FramePtr grey_frame(std::int64_t pts, std::uint8_t value) {
  FramePtr frame(av_frame_alloc());
  frame->format = AV_PIX_FMT_YUV420P;
  frame->width = 33;
  frame->height = 17;
  frame->pts = pts;
  av_frame_get_buffer(frame.get(), 64);
  for (int plane = 0; plane < 3; ++plane)
    for (int n = 0; n < frame->linesize[plane] * (plane == 0 ? 17 : 9); ++n) frame->data[plane][n] = value;
  return frame;
}

CutProof proof_of(std::int64_t begin, const std::vector<std::int64_t>& times) {
  ProofRecorder recorder(begin);
  for (auto time : times) recorder.see(*grey_frame(time, static_cast<std::uint8_t>(time)));
  return recorder.proof();
}

TEST(CutProofTest, HashIgnoresPadding) {
  auto one = grey_frame(0, 7), other = grey_frame(0, 7);
  other->data[0][40] = 9;  // beyond the width
  EXPECT_EQ(hash_frame(*one), hash_frame(*other));
  other->data[2][16 + 8 * other->linesize[2]] = 9;  // the last visible sample of the last plane
  EXPECT_NE(hash_frame(*one), hash_frame(*other));
}

TEST(CutProofTest, SameFramesAgree) {
  auto before = proof_of(10, {8, 9, 10, 11, 12}), after = proof_of(10, {10, 11, 12});
  EXPECT_TRUE(agree(before, after));
  EXPECT_EQ(digest(before), digest(after));
}

TEST(CutProofTest, OtherTimesOrSamplesDisagree) {
  EXPECT_FALSE(agree(proof_of(10, {10, 11}), proof_of(10, {10, 12})));
  EXPECT_NE(digest(proof_of(10, {10, 11})), digest(proof_of(10, {10, 12})));
  EXPECT_FALSE(agree(proof_of(10, {10, 11}), proof_of(10, {10})));
}

TEST(CutProofTest, AnErrorDisagreesWithEverything) {
  ProofRecorder recorder(10);
  recorder.note_error(9);  // before the cut
  recorder.see(*grey_frame(10, 1));
  EXPECT_TRUE(recorder.proof().clean);
  recorder.note_error(10);
  EXPECT_FALSE(agree(recorder.proof(), recorder.proof()));
  EXPECT_EQ(digest(recorder.proof()), "");
}

TEST(CutProofTest, IsFullAfterSixteenFrames) {
  ProofRecorder recorder(0);
  for (int n = 0; n < 20; ++n) recorder.see(*grey_frame(n, 1));
  EXPECT_TRUE(recorder.full());
  EXPECT_EQ(recorder.proof().frames.size(), kProofFrames);
  recorder.note_error(30);
  EXPECT_TRUE(recorder.proof().clean);
}

TEST(CutProofTest, NoCutNeedsNoFrames) {
  EXPECT_TRUE(ProofRecorder(std::numeric_limits<std::int64_t>::max()).full());
  EXPECT_TRUE(ProofRecorder(std::numeric_limits<std::int64_t>::min()).full());
}

}  // namespace
}  // namespace hevcpool::media
