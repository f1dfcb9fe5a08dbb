# SPDX-License-Identifier: GPL-2.0-or-later
# Everything hevcpool links, found once. The packages that provide it are listed in cmake/packages.txt.
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBAV REQUIRED IMPORTED_TARGET
  libavformat>=59 libavcodec>=59 libavfilter>=8 libswscale>=6 libswresample>=4 libavutil>=57)
pkg_check_modules(X265 REQUIRED IMPORTED_TARGET x265>=3.5)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp>=2.5)
find_package(Threads REQUIRED)
find_package(TBB REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tl-expected REQUIRED)
find_package(CLI11 REQUIRED)
if(HEVCPOOL_BUILD_TESTS)
  find_package(GTest REQUIRED)
endif()
if(HEVCPOOL_BUILD_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()
