# SPDX-License-Identifier: GPL-2.0-or-later
# Language level, warnings and sanitizers, each as an interface target that our own code links.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

find_program(HEVCPOOL_CCACHE ccache)
if(HEVCPOOL_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${HEVCPOOL_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${HEVCPOOL_CCACHE})
endif()

add_library(hevcpool_warnings INTERFACE)
target_compile_options(hevcpool_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual
  -Wformat=2 -Wunused -Wduplicated-cond -Wlogical-op -Wno-missing-field-initializers
  -Wno-restrict  # GCC 12 sees overlaps in std::string's operator+ that are not there (its bug 105651)
  # Files that are compiled as one share their names outside of functions.
  $<IF:$<BOOL:${CMAKE_UNITY_BUILD}>,-Wshadow=local,-Wshadow>
  $<$<BOOL:${HEVCPOOL_WARNINGS_AS_ERRORS}>:-Werror>)

add_library(hevcpool_sanitizers INTERFACE)
if(HEVCPOOL_SANITIZER STREQUAL "address")
  set(flags -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
elseif(HEVCPOOL_SANITIZER STREQUAL "thread")
  set(flags -fsanitize=thread -fno-omit-frame-pointer)
elseif(HEVCPOOL_SANITIZER)
  message(FATAL_ERROR "HEVCPOOL_SANITIZER is '${HEVCPOOL_SANITIZER}'; it may be empty, address or thread")
endif()
# Fuzzers are led by the branches that they reach: all of our code counts them.
option(HEVCPOOL_LIBFUZZER "Link the fuzz targets with libFuzzer (needs clang)" OFF)
if(HEVCPOOL_LIBFUZZER)
  list(APPEND flags -fsanitize=fuzzer-no-link)
endif()
if(HEVCPOOL_SANITIZER)
  target_compile_options(hevcpool_sanitizers INTERFACE ${flags})
  target_link_options(hevcpool_sanitizers INTERFACE ${flags})
  target_compile_definitions(hevcpool_sanitizers INTERFACE HEVCPOOL_SANITIZER=1)
endif()
