# SPDX-License-Identifier: GPL-2.0-or-later
# A Debian package of program and library: `cpack -G DEB` in the build folder.
set(CPACK_PACKAGE_NAME hevcpool)
set(CPACK_PACKAGE_VENDOR hevcpool)
set(CPACK_PACKAGE_CONTACT "hevcpool <hevcpool@localhost>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR DEB)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION video)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
set(CPACK_DEBIAN_COMPRESSION_TYPE zstd)
# What only the static library needs, when a program is linked with it.
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "libavformat-dev, libavcodec-dev, libavfilter-dev, libswscale-dev, \
libswresample-dev, libavutil-dev, libx265-dev, libebml-dev, libmatroska-dev, libseccomp-dev, libfmt-dev, libtbb-dev, pkg-config")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "bulk video conversion to H.265/HEVC")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION " A pool of worker processes converts videos, makes thumbnails, cuts clips, reads metadata and more, in-process, as a
 program and as a C++ library.")
include(CPack)
