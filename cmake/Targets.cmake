# SPDX-License-Identifier: GPL-2.0-or-later
# One target per folder of src, and one test program per folder of tests.

# What most sources include and what takes the compiler longest. Only for builds that are made to be run once: others shall
# notice an #include that is missing.
set(shared_headers <algorithm> <functional> <map> <memory> <optional> <string> <vector> <fmt/format.h> <nlohmann/json.hpp>)
function(hevcpool_precompile target)
  if(NOT HEVCPOOL_PRECOMPILE)
    return()
  endif()
  if(NOT TARGET hevcpool_test_headers AND HEVCPOOL_BUILD_TESTS)
    file(WRITE ${PROJECT_BINARY_DIR}/nothing.cpp "")
    add_library(hevcpool_test_headers OBJECT ${PROJECT_BINARY_DIR}/nothing.cpp)
    target_link_libraries(hevcpool_test_headers PRIVATE hevcpool_warnings hevcpool_sanitizers)
    target_precompile_headers(hevcpool_test_headers PRIVATE ${shared_headers} <gmock/gmock.h> <gtest/gtest.h>)
  endif()
  target_precompile_headers(${target} REUSE_FROM hevcpool_test_headers)
endfunction()

# hevcpool_folder(NAME SOURCES... PUBLIC targets... PRIVATE targets...)
function(hevcpool_folder name)
  cmake_parse_arguments(arg "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(hevcpool_${name} STATIC ${arg_SOURCES})
  target_include_directories(hevcpool_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
  target_link_libraries(hevcpool_${name}
    PUBLIC ${arg_PUBLIC} PRIVATE hevcpool_warnings hevcpool_sanitizers ${arg_PRIVATE})
  hevcpool_precompile(hevcpool_${name})
endfunction()

# hevcpool_tests(NAME LABEL label SOURCES... LINK targets...): every TEST becomes a ctest of that label.
function(hevcpool_tests name)
  cmake_parse_arguments(arg "" "LABEL;TIMEOUT" "SOURCES;LINK" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE hevcpool_warnings hevcpool_sanitizers ${arg_LINK} GTest::gmock GTest::gtest_main)
  hevcpool_precompile(${name})
  include(GoogleTest)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST TEST_PREFIX "${arg_LABEL}/"
    PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT})
endfunction()
