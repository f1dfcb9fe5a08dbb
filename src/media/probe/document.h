// SPDX-License-Identifier: GPL-2.0-or-later
// A JSON object or array as text, written member by member in the order of ffprobe: a probe of a small file takes so
// little that a tree of its fields would be felt. Each key is set once. A value.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace hevcpool::media {

class Document {
 public:
  static Document object() { return Document('{', '}'); }
  static Document array() { return Document('[', ']'); }

  // document["key"] = value
  class Member {
   public:
    void operator=(std::integral auto value) { document_.put(key_, std::to_string(value)); }
    void operator=(std::string_view text) { document_.put(key_, quoted(text)); }
    void operator=(const char* text) { *this = std::string_view(text ? text : "unknown"); }
    void operator=(const Document& value) { document_.put(key_, value.text()); }

   private:
    friend class Document;
    Member(Document& document, std::string_view key) : document_(document), key_(key) {}
    Document& document_;
    std::string_view key_;
  };
  Member operator[](std::string_view key) { return Member(*this, key); }
  void push_back(const Document& value) { add(value.text()); }
  void push_back(std::string_view text) { add(quoted(text)); }

  bool empty() const { return text_.size() == 1; }
  std::string text() const { return text_ + end_; }

 private:
  Document(char begin, char end) : text_(1, begin), end_(end) {}
  static std::string quoted(std::string_view text);  // what is not UTF-8 is replaced
  void put(std::string_view key, std::string_view value);
  void add(std::string_view value);

  std::string text_;  // without the last bracket
  char end_;
};

}  // namespace hevcpool::media
