// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/probe/document.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <nlohmann/json.hpp>

namespace hevcpool::media {
namespace {

TEST(DocumentTest, KeepsTheOrderAndNests) {
  Document inner = Document::array(), out = Document::object();
  inner.push_back("a");
  inner.push_back(Document::object());
  out["z"] = std::uint8_t{200};
  out["b"] = inner;
  out["a"] = INT64_MIN;
  EXPECT_EQ(out.text(), R"({"z":200,"b":["a",{}],"a":-9223372036854775808})");
  EXPECT_TRUE(Document::array().empty());
  EXPECT_EQ(Document::array().text(), "[]");
}

TEST(DocumentTest, QuotesWhatFilesSay) {
  const std::string title = "say \"hi\"\\\n\x01 caf\xC3\xA9", broken = "a\xFF";
  Document out = Document::object();
  out[title] = title;
  out["broken"] = broken;
  const char* none = nullptr;
  out["none"] = none;
  const auto read = nlohmann::json::parse(out.text());
  EXPECT_EQ(read[title], title);
  EXPECT_EQ(read["broken"], "a\xEF\xBF\xBD");
  EXPECT_EQ(read["none"], "unknown");
}

}  // namespace
}  // namespace hevcpool::media
