// SPDX-License-Identifier: GPL-2.0-or-later
#include "sandbox/confinement.h"

#include <gtest/gtest.h>

namespace hevcpool::sandbox {
namespace {

Confinement in_part() {
  return {{{"no_new_privs", true, ""}, {"landlock", false, "the kernel has no Landlock"}, {"seccomp", true, "x"}}};
}

TEST(ConfinementTest, IsCompleteOnlyWithEveryLayer) {
  Confinement confinement = in_part();
  EXPECT_FALSE(confinement.complete());
  confinement.layers[1].active = true;
  EXPECT_TRUE(confinement.complete());
  EXPECT_FALSE(Confinement{}.complete());
}

TEST(ConfinementTest, SummaryNamesWhatIsMissingAndWhy) {
  EXPECT_EQ(in_part().summary(), "no_new_privs, seccomp (x); missing: landlock (the kernel has no Landlock)");
}

TEST(ConfinementTest, JsonComesBack) {
  const Confinement back = sandbox_report_from_json(in_part().json());
  ASSERT_EQ(back.layers.size(), 3u);
  EXPECT_EQ(back.json(), in_part().json());
  ASSERT_NE(back.find("landlock"), nullptr);
  EXPECT_EQ(back.find("landlock")->detail, "the kernel has no Landlock");
  EXPECT_EQ(back.find("magic"), nullptr);
}

TEST(ConfinementTest, DamagedJsonIsNoConfinement) {
  for (const char* text : {"", "{", "[]", "{\"layers\":1}", "{\"layers\":[1]}", "{\"layers\":[{}]}",
                           "{\"layers\":[{\"name\":1,\"active\":true,\"detail\":\"\"}]}",
                           "{\"layers\":[{\"name\":\"x\",\"active\":\"yes\",\"detail\":\"\"}]}"})
    EXPECT_TRUE(sandbox_report_from_json(text).layers.empty()) << text;
}

}  // namespace
}  // namespace hevcpool::sandbox
