// SPDX-License-Identifier: GPL-2.0-or-later
// Elements of a Matroska file in memory, as values: read from bytes within limits, changed, and written again. An element
// that is not one of those that hold others here keeps its bytes as they are, whatever they mean. Plain values.
#pragma once

#include "base/error.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hevcpool::media {

// The identifier of a class of libmatroska or libebml, with its marker bits: media/ebml_library.h.
template <class Kind>
std::uint32_t id_of();

struct Element {
  std::uint32_t id = 0;
  std::string data;               // of an element without children
  std::vector<Element> children;  // of one that is_master()

  std::size_t size() const;  // as it is written, with identifier and size

  const Element* find(std::uint32_t child) const;
  Element* find(std::uint32_t child) { return const_cast<Element*>(std::as_const(*this).find(child)); }
  template <class Kind>
  const Element* find() const { return find(id_of<Kind>()); }
  template <class Kind>
  Element* find() { return find(id_of<Kind>()); }
  template <class Kind>
  bool is() const { return id == id_of<Kind>(); }

  // The value of the first child of that kind; nothing where there is none.
  template <class Kind>
  std::optional<std::uint64_t> number() const {
    const Element* child = find<Kind>();
    return child ? std::optional(child->as_number()) : std::nullopt;
  }
  template <class Kind>
  std::string text() const {
    const Element* child = find<Kind>();
    return child ? child->as_text() : std::string();
  }
  // Changes the first child of that kind, or adds one.
  template <class Kind>
  void set_number(std::uint64_t value) { child(id_of<Kind>()).data = number_bytes(value); }
  template <class Kind>
  void set_float(double value) { child(id_of<Kind>()).data = float_bytes(value); }
  template <class Kind>
  void set_text(std::string value) { child(id_of<Kind>()).data = std::move(value); }
  template <class Kind>
  void remove() { remove(id_of<Kind>()); }
  void remove(std::uint32_t child);
  Element& child(std::uint32_t child);

  std::uint64_t as_number() const;  // of at most 8 bytes; 0 for others
  std::string as_text() const;      // up to the first zero

  static std::string number_bytes(std::uint64_t value);
  static std::string float_bytes(double value);
};

// One that holds others.
bool is_master(std::uint32_t id);

struct EbmlLimits {
  std::size_t elements = 200000;  // in all
  int depth = 16;
};

// The beginning of an element. `header`: the bytes of identifier and size.
struct ElementHeader {
  std::uint32_t id = 0;
  std::uint64_t size = 0;
  int header = 0;
  bool unknown_size = false;
};
constexpr std::size_t kLongestElementHeader = 12;
// Nothing where the bytes are no beginning of an element.
std::optional<ElementHeader> read_element_header(std::span<const std::uint8_t> bytes);

// What is inside an element that holds others. Void and checksums are left out. An error where anything does not fit into
// what it is in, or is beyond the limits.
Expected<std::vector<Element>> parse_elements(std::span<const std::uint8_t> bytes, const EbmlLimits& limits = {});

// Appends an element. `size_length`: bytes of its size; 0: as few as it needs.
void write_element(const Element& element, std::string& out, int size_length = 0);
std::string id_bytes(std::uint32_t id);
// An element without meaning of exactly that many bytes, at least 2.
std::string void_element(std::size_t bytes);

}  // namespace hevcpool::media
