# SPDX-License-Identifier: GPL-2.0-or-later
# libhevcpool: every folder of src but cli as one library, shared and static, and what is installed with it.
set(HEVCPOOL_ABI 2)  # raised when a program built against the library would have to be built again

get_property(library_folders GLOBAL PROPERTY HEVCPOOL_FOLDERS)
list(FILTER library_folders EXCLUDE REGEX "^hevcpool_cli")
set(library_objects)
foreach(folder IN LISTS library_folders)
  list(APPEND library_objects $<TARGET_OBJECTS:${folder}>)
endforeach()
set(library_needs PkgConfig::LIBAV PkgConfig::X265 PkgConfig::MATROSKA PkgConfig::SECCOMP fmt::fmt TBB::tbb Threads::Threads)
set(version_script ${CMAKE_CURRENT_LIST_DIR}/libhevcpool.map)

add_library(hevcpool_shared SHARED ${library_objects})
set_target_properties(hevcpool_shared PROPERTIES
  OUTPUT_NAME hevcpool EXPORT_NAME hevcpool LINKER_LANGUAGE CXX LINK_DEPENDS ${version_script}
  SOVERSION ${HEVCPOOL_ABI} VERSION ${HEVCPOOL_ABI}.${PROJECT_VERSION_MINOR}.${PROJECT_VERSION_PATCH})
target_link_options(hevcpool_shared PRIVATE
  -Wl,--version-script=${version_script} -Wl,--no-undefined -Wl,--as-needed)
target_link_libraries(hevcpool_shared PRIVATE ${library_needs} $<BUILD_INTERFACE:hevcpool_sanitizers>)
if(HEVCPOOL_SANITIZER)
  target_link_options(hevcpool_shared PRIVATE -Wl,-z,undefs)  # the sanitizer's run-time library comes with the program
endif()

add_library(hevcpool_static STATIC ${library_objects})
set_target_properties(hevcpool_static PROPERTIES OUTPUT_NAME hevcpool EXPORT_NAME static LINKER_LANGUAGE CXX)
target_link_libraries(hevcpool_static PRIVATE ${library_needs})

foreach(library hevcpool_shared hevcpool_static)
  target_compile_features(${library} INTERFACE cxx_std_20)
  target_include_directories(${library} INTERFACE
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endforeach()

include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/hevcpool)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/hevcpool-config.cmake.in
  ${PROJECT_BINARY_DIR}/package/hevcpool-config.cmake INSTALL_DESTINATION ${package_folder}
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/hevcpool-config-version.cmake
  COMPATIBILITY SameMinorVersion)
# relative to the file itself, so that an installed tree may be moved
file(RELATIVE_PATH pc_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${CMAKE_CURRENT_LIST_DIR}/hevcpool.pc.in ${PROJECT_BINARY_DIR}/package/hevcpool.pc @ONLY)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/hevcpool DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS hevcpool_shared EXPORT hevcpool_shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS hevcpool_static EXPORT hevcpool_static ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
foreach(kind shared static)
  install(EXPORT hevcpool_${kind} NAMESPACE hevcpool:: FILE hevcpool-${kind}.cmake DESTINATION ${package_folder})
endforeach()
install(FILES ${PROJECT_BINARY_DIR}/package/hevcpool-config.cmake
              ${PROJECT_BINARY_DIR}/package/hevcpool-config-version.cmake DESTINATION ${package_folder})
install(FILES ${PROJECT_BINARY_DIR}/package/hevcpool.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
configure_file(${CMAKE_CURRENT_LIST_DIR}/libhevcpool.3.in ${PROJECT_BINARY_DIR}/package/libhevcpool.3 @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/package/libhevcpool.3 DESTINATION ${CMAKE_INSTALL_MANDIR}/man3)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
add_library(hevcpool::hevcpool ALIAS hevcpool_shared)
add_library(hevcpool::static ALIAS hevcpool_static)
