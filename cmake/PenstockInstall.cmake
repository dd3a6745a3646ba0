# What `cmake --install` puts under the prefix. Nothing in it names the prefix, so the whole tree
# may be moved or packed.

set(cmake_dir "${CMAKE_INSTALL_LIBDIR}/cmake/penstock")
set(pkgconfig_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
foreach(dir CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR)
  if(IS_ABSOLUTE "${${dir}}")
    message(FATAL_ERROR "${dir} must be relative to the prefix, not ${${dir}}")
  endif()
endforeach()

install(FILES "${PROJECT_SOURCE_DIR}/include/penstock.h"
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT development)
# Clang looks for module CPenstock in a folder of that name; a bare include/module.modulemap would
# be in the way of every other library's.
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/install/module.modulemap" CONTENT
[[module CPenstock {
    header "../penstock.h"
    link "penstock"
    export *
}
]] @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/install/module.modulemap"
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/CPenstock" COMPONENT development)

install(PROGRAMS "${PENSTOCK_STRIPPED}" DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT runtime)
install(FILES "${PENSTOCK_LIBRARY_DIR}/${PENSTOCK_SONAME}"
        DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT runtime)
install(FILES "${PENSTOCK_LIBRARY_DIR}/libpenstock.so"
        DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development)

configure_package_config_file(
  cmake/penstockConfig.cmake.in "${PROJECT_BINARY_DIR}/install/penstockConfig.cmake"
  INSTALL_DESTINATION "${cmake_dir}"
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR
  NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/install/penstockConfigVersion.cmake" COMPATIBILITY SameMajorVersion)
install(FILES "${PROJECT_BINARY_DIR}/install/penstockConfig.cmake"
              "${PROJECT_BINARY_DIR}/install/penstockConfigVersion.cmake"
        DESTINATION "${cmake_dir}" COMPONENT development)

file(RELATIVE_PATH up "/${pkgconfig_dir}" "/")
string(REGEX REPLACE "/$" "" up "${up}")
configure_file(cmake/penstock.pc.in "${PROJECT_BINARY_DIR}/install/penstock.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/install/penstock.pc"
        DESTINATION "${pkgconfig_dir}" COMPONENT development)
