# SPDX-License-Identifier: GPL-2.0-or-later
# One target per folder or room of src, and test programs for each folder of tests.

# hevcpool_folder(NAME SOURCES... PUBLIC targets... PRIVATE targets...)
function(hevcpool_folder name)
  cmake_parse_arguments(arg "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(hevcpool_${name} STATIC ${arg_SOURCES})
  set_property(GLOBAL APPEND PROPERTY HEVCPOOL_FOLDERS hevcpool_${name})
  target_include_directories(hevcpool_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
  target_link_libraries(hevcpool_${name}
    PUBLIC ${arg_PUBLIC} PRIVATE hevcpool_warnings hevcpool_sanitizers ${arg_PRIVATE})
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
  # Of what the tests themselves compute, little is worth an optimiser's time.
  target_compile_options(${name} PRIVATE $<$<BOOL:${CMAKE_UNITY_BUILD}>:-O0>)
  include(GoogleTest)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST TEST_PREFIX "${arg_LABEL}/"
    PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT})
endfunction()
