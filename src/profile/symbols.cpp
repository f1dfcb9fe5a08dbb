// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/symbols.h"

#include <cxxabi.h>
#include <dlfcn.h>
#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>

namespace hevcpool::profile {
namespace {

// Functions without a name are told apart by where they are, roughly: samples of one function stay together.
constexpr std::uintptr_t kPlace = 256;

std::string demangled(const char* name) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(name, nullptr, nullptr, &status), std::free);
  std::string plain = text ? text.get() : name;
  const std::string nameless = "(anonymous namespace)::";
  for (auto at = plain.find(nameless); at != std::string::npos; at = plain.find(nameless)) plain.erase(at, nameless.size());
  if (const auto parenthesis = plain.find('('); parenthesis != std::string::npos && parenthesis > 0) plain.resize(parenthesis);
  return plain;
}

// A part of a file's bytes, if it is there.
template <class T>
bool read_at(const std::string& file, std::size_t offset, T& value) {
  if (offset > file.size() || file.size() - offset < sizeof(T)) return false;
  std::memcpy(&value, file.data() + offset, sizeof(T));
  return true;
}

const char* text_at(const std::string& file, const Elf64_Shdr& strings, std::size_t offset) {
  const std::size_t at = strings.sh_offset + offset;
  return offset < strings.sh_size && at < file.size() ? file.c_str() + at : "";
}

template <class Each>
void for_symbols(const std::string& file, Each each) {
  Elf64_Ehdr header;
  if (!read_at(file, 0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_ident[EI_CLASS] != ELFCLASS64)
    return;
  for (unsigned n = 0; n < header.e_shnum; ++n) {
    Elf64_Shdr table, strings;
    if (!read_at(file, header.e_shoff + n * sizeof table, table)) return;
    if (table.sh_type != SHT_SYMTAB && table.sh_type != SHT_DYNSYM) continue;
    if (!read_at(file, header.e_shoff + table.sh_link * sizeof strings, strings)) continue;
    Elf64_Sym symbol;
    for (std::size_t at = 0; at + sizeof symbol <= table.sh_size && read_at(file, table.sh_offset + at, symbol); at += sizeof symbol)
      if (ELF64_ST_TYPE(symbol.st_info) == STT_FUNC && symbol.st_value != 0)
        each(symbol.st_value, symbol.st_size, text_at(file, strings, symbol.st_name));
  }
}

// Where the file's first part is in memory counts from this address.
std::uintptr_t first_address(const std::string& file) {
  Elf64_Ehdr header;
  Elf64_Phdr part;
  if (!read_at(file, 0, header)) return 0;
  for (unsigned n = 0; n < header.e_phnum && read_at(file, header.e_phoff + n * sizeof part, part); ++n)
    if (part.p_type == PT_LOAD) return part.p_vaddr & ~std::uintptr_t{0xfff};
  return 0;
}

}  // namespace

const Symbols::Library& Symbols::library(const std::string& path) {
  const auto [found, is_new] = libraries_.try_emplace(path);
  Library& library = found->second;
  if (!is_new) return library;
  library.name = path.substr(path.rfind('/') + 1);
  std::ifstream stream(path, std::ios::binary);
  const std::string file{std::istreambuf_iterator<char>(stream), {}};
  const std::uintptr_t first = first_address(file);
  for_symbols(file, [&](std::uintptr_t begin, std::uintptr_t size, const char* name) {
    library.symbols.push_back({begin - first, size, name});
  });
  std::ranges::sort(library.symbols, {}, &Symbol::begin);
  return library;
}

std::string Symbols::find(std::uintptr_t address) {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(address), &info) == 0 || info.dli_fname == nullptr) return "unknown";
  const Library& from = library(info.dli_fname);
  const std::uintptr_t place = address - reinterpret_cast<std::uintptr_t>(info.dli_fbase);
  auto after = std::ranges::upper_bound(from.symbols, place, {}, &Symbol::begin);
  while (after != from.symbols.begin()) {
    --after;
    if (place < after->begin + std::max<std::uintptr_t>(after->size, 1)) return demangled(after->name.c_str());
    if (place - after->begin > 64 * kPlace) break;
  }
  return fmt::format("{}+{:#x}", from.name, place / kPlace * kPlace);
}

const std::string& Symbols::name(std::uintptr_t address) {
  const auto [found, is_new] = names_.try_emplace(address);
  if (is_new) found->second = find(address);
  return found->second;
}

}  // namespace hevcpool::profile
