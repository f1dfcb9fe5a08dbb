// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/schedule/cuts.h"

#include <gtest/gtest.h>

#include <set>

namespace hevcpool::plan {
namespace {

// A film of `frames` frames of equal work, with a point every `distance` frames and scene changes at `scenes`.
CutMap cut_film(int frames, int distance, const std::set<int>& scenes = {}, CutKind kind = CutKind::key) {
  CutMap map;
  map.least = 250;
  for (int at = 0; at < frames; at += distance)
    map.points.push_back({static_cast<double>(at), scenes.contains(at) ? CutKind::scene : kind});
  map.points.push_back({static_cast<double>(frames), CutKind::key});
  return map;
}

TEST(CutsTest, AJobThatEndsWithTheOthersStaysWhole) {
  EXPECT_FALSE(worth_cutting(100, {.waiting = 400, .running = 0, .slots = 4}));
  EXPECT_FALSE(worth_cutting(105, {.waiting = 300, .running = 100, .slots = 4}));
  EXPECT_TRUE(worth_cutting(150, {.waiting = 300, .running = 100, .slots = 4}));
  EXPECT_TRUE(worth_cutting(100, {.waiting = 100, .running = 0, .slots = 2}));
}

TEST(CutsTest, OneWorkerNeverCuts) {
  EXPECT_FALSE(worth_cutting(1000, {.waiting = 1000, .running = 0, .slots = 1}));
}

TEST(CutsTest, SegmentsShrinkAsTheWorkDoes) {
  double before = 1e9;
  for (double left = 100'000; left > 4000; left *= 0.7) {
    const double segment = next_segment({.waiting = left, .running = 0, .slots = 2}, 250);
    EXPECT_LT(segment, before);
    EXPECT_LE(segment, left / 2);
    EXPECT_GE(segment, 250);
    before = segment;
  }
}

TEST(CutsTest, WhatIsTooLittleForTwoRoundsIsSharedOutAtOnce) {
  EXPECT_DOUBLE_EQ(next_segment({.waiting = 600, .running = 0, .slots = 2}, 250), 300);
  EXPECT_DOUBLE_EQ(next_segment({.waiting = 100, .running = 40, .slots = 2}, 250), 70);
}

TEST(CutsTest, PrefersASceneChangeNearTheWantedPlace) {
  const CutMap map = cut_film(3000, 50, {1200});
  EXPECT_EQ(map.points[choose_cut(map, 0, map.end(), 1000)].at, 1000);
  EXPECT_EQ(map.points[choose_cut(cut_film(3000, 50, {1100}), 0, map.end(), 1000)].at, 1100);
  EXPECT_EQ(map.points[choose_cut(cut_film(3000, 50, {1900}), 0, map.end(), 1000)].at, 1000);
}

TEST(CutsTest, LeavesNoCrumbs) {
  const CutMap map = cut_film(1200, 50);
  EXPECT_EQ(choose_cut(map, 0, map.end(), 1000), map.end());
  EXPECT_EQ(choose_cut(map, 0, map.end(), 5000), map.end());
  EXPECT_NE(choose_cut(map, 0, map.end(), 600), map.end());
}

TEST(CutsTest, WithoutAPlaceToCutTakesAll) {
  const CutMap map = cut_film(1000, 1000);
  EXPECT_EQ(choose_cut(map, 0, map.end(), 100), map.end());
}

TEST(CutsTest, FixedCutsDependOnTheFilmOnly) {
  const CutMap map = cut_film(2000, 90);
  std::vector<double> places;
  for (auto cut : fixed_cuts(map, 250)) places.push_back(map.points[cut].at);
  EXPECT_EQ(places, (std::vector<double>{270, 540, 810, 1080, 1260, 1530, 1800}));
  EXPECT_TRUE(fixed_cuts(map, 0).empty());
  EXPECT_TRUE(fixed_cuts(cut_film(2000, 90, {}, CutKind::inner), 250).empty());
}

}  // namespace
}  // namespace hevcpool::plan
