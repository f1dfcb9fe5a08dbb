// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/schedule/segments.h"

#include <gtest/gtest.h>

namespace hevcpool::plan {
namespace {

CutMap even_film(int frames, int distance) {
  CutMap map;
  map.least = 250;
  for (int at = 0; at < frames; at += distance) map.points.push_back({static_cast<double>(at), CutKind::key});
  map.points.push_back({static_cast<double>(frames), CutKind::key});
  return map;
}

Load load_of(const SegmentPlan& plan) { return {.waiting = plan.open_work(), .running = 0, .slots = 2}; }

// The proof that an honest worker gives: the text at a cut names the cut.
PieceProof honest(Piece piece) { return {"cut " + std::to_string(piece.from), "cut " + std::to_string(piece.to)}; }

std::vector<Piece> take_all(SegmentPlan& plan) {
  std::vector<Piece> pieces;
  while (auto piece = plan.take(load_of(plan))) pieces.push_back(*piece);
  return pieces;
}

TEST(SegmentPlanTest, PiecesCoverTheFilmOnce) {
  SegmentPlan plan(even_film(10'000, 100));
  const auto pieces = take_all(plan);
  ASSERT_GT(pieces.size(), 3U);
  EXPECT_EQ(pieces.front().from, 0U);
  EXPECT_EQ(pieces.back().to, plan.map().end());
  for (std::size_t n = 1; n < pieces.size(); ++n) EXPECT_EQ(pieces[n].from, pieces[n - 1].to);
  for (const auto piece : pieces) EXPECT_TRUE(plan.finished(piece, honest(piece)).empty());
  EXPECT_TRUE(plan.complete());
  EXPECT_EQ(plan.done(), pieces);
}

TEST(SegmentPlanTest, AnUnprovedCutJoinsItsPieces) {
  SegmentPlan plan(even_film(2000, 100), {5, 10, 15});
  const auto pieces = take_all(plan);
  ASSERT_EQ(pieces.size(), 4U);
  EXPECT_TRUE(plan.finished(pieces[2], honest(pieces[2])).empty());
  auto proof = honest(pieces[1]);
  proof.tail = "something else";
  EXPECT_EQ(plan.finished(pieces[1], proof), (std::vector<Piece>{pieces[1], pieces[2]}));
  EXPECT_TRUE(plan.finished(pieces[0], honest(pieces[0])).empty());
  EXPECT_TRUE(plan.finished(pieces[3], honest(pieces[3])).empty());
  EXPECT_FALSE(plan.complete());
  const auto again = plan.take(load_of(plan));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(*again, (Piece{5, 15}));
  EXPECT_TRUE(plan.finished(*again, honest(*again)).empty());
  EXPECT_TRUE(plan.complete());
}

TEST(SegmentPlanTest, AProofWithErrorsProvesNothing) {
  SegmentPlan plan(even_film(2000, 100), {10});
  const auto pieces = take_all(plan);
  EXPECT_TRUE(plan.finished(pieces[0], {"", ""}).empty());
  EXPECT_EQ(plan.finished(pieces[1], {"", ""}).size(), 2U);
}

TEST(SegmentPlanTest, GivesUpAfterSeveralBadCuts) {
  SegmentPlan plan(even_film(2000, 100), {4, 8, 12, 16});
  for (int round = 0; !plan.complete() && !plan.hopeless(); ++round) {
    ASSERT_LT(round, 10);
    for (const auto piece : take_all(plan)) plan.finished(piece, {"", ""});
  }
  EXPECT_TRUE(plan.hopeless());
}

TEST(SegmentPlanTest, AReturnedPieceIsTakenAgain) {
  SegmentPlan plan(even_film(10'000, 100));
  const auto first = plan.take(load_of(plan));
  const double open = plan.open_work();
  plan.returned(*first);
  EXPECT_GT(plan.open_work(), open);
  EXPECT_EQ(plan.take(load_of(plan))->from, 0U);
}

TEST(SegmentPlanTest, FinishedPiecesOfAnEarlierRunAreNotTakenAgain) {
  SegmentPlan plan(even_film(10'000, 100));
  EXPECT_TRUE(plan.recall({10, 20}));
  EXPECT_FALSE(plan.recall({15, 30}));
  EXPECT_TRUE(plan.recall({90, 100}));
  EXPECT_FALSE(plan.recall({20, 20}));
  EXPECT_TRUE(plan.finished({10, 20}, honest({10, 20})).empty());
  plan.returned({90, 100});  // its file was damaged
  for (const auto piece : take_all(plan)) {
    EXPECT_TRUE(piece.to <= 10 || piece.from >= 20);
    plan.finished(piece, honest(piece));
  }
  EXPECT_TRUE(plan.complete());
}

TEST(SegmentPlanTest, FixedPiecesAreNotCut) {
  SegmentPlan plan(even_film(2000, 100), {10});
  EXPECT_FALSE(plan.recall({0, 5}));
  EXPECT_EQ(take_all(plan), (std::vector<Piece>{{0, 10}, {10, 20}}));
}

}  // namespace
}  // namespace hevcpool::plan
