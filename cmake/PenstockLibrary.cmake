# libpenstock.so out of `swift build`, and the target penstock::penstock for this tree.
#
# The command runs when a source has changed; what needs compiling is then SwiftPM's decision. It
# has a scratch path of its own, so that `swift build` and `swift test` by hand do not undo it.

find_program(PENSTOCK_SWIFT swift DOC "The swift command, 6.3 or later")
if(NOT PENSTOCK_SWIFT)
  message(FATAL_ERROR "No swift command on PATH. Install Swift 6.3 or later: "
                      "https://swift.org/install")
endif()
execute_process(
  COMMAND "${PENSTOCK_SWIFT}" --version
  OUTPUT_VARIABLE swift_version
  ERROR_QUIET)
if(NOT swift_version MATCHES "Swift version ([0-9.]+)" OR CMAKE_MATCH_1 VERSION_LESS 6.3)
  message(FATAL_ERROR "${PENSTOCK_SWIFT} is not Swift 6.3 or later: ${swift_version}")
endif()
set(PENSTOCK_SWIFT_VERSION "${CMAKE_MATCH_1}")

find_package(PkgConfig REQUIRED)
pkg_check_modules(HWLOC REQUIRED hwloc>=2.1)

set(PENSTOCK_SONAME "libpenstock.so.${PST_SOVERSION}")
set(PENSTOCK_FILENAME "libpenstock.so.${PROJECT_VERSION}")
set(PENSTOCK_LIBRARY_DIR "${PROJECT_BINARY_DIR}/lib")
set(PENSTOCK_LIBRARY "${PENSTOCK_LIBRARY_DIR}/${PENSTOCK_FILENAME}")
set(PENSTOCK_STRIPPED "${PENSTOCK_LIBRARY_DIR}/stripped/${PENSTOCK_FILENAME}")

# ---- What it is made of. The list is kept in a file so that a removed source counts as a change.

set(swift_dir "${PROJECT_BINARY_DIR}/swift")
file(GLOB_RECURSE sources CONFIGURE_DEPENDS
     "${PROJECT_SOURCE_DIR}/Package.swift" "${PROJECT_SOURCE_DIR}/include/*"
     "${PROJECT_SOURCE_DIR}/Sources/*")
string(REPLACE ";" "\n" source_list "${sources}")
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/sources.txt" CONTENT "${source_list}\n" @ONLY)

# ---- Only the committed names leave the shared object.

set(exports_file "${PROJECT_SOURCE_DIR}/cmake/penstock.exports")
set(version_script "${PROJECT_BINARY_DIR}/penstock.map")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${exports_file}")
file(STRINGS "${exports_file}" exports)
list(JOIN exports ";\n    " exports)
file(CONFIGURE OUTPUT "${version_script}" CONTENT
     "{\n  global:\n    @exports@;\n  local:\n    *;\n};\n" @ONLY)

# ---- Flags. nodelete: the Swift runtime cannot be unloaded. defs: nothing is left to chance.

set(swift_flags -Xswiftc -static-stdlib)
if(PENSTOCK_WARNINGS_AS_ERRORS)
  list(APPEND swift_flags -Xswiftc -warnings-as-errors -Xcc -Wall -Xcc -Wextra -Xcc -Werror)
endif()
set(linker_flags "--version-script=${version_script}" "-soname=${PENSTOCK_SONAME}" -z nodelete
                 -z defs -z relro -z now)
if(PENSTOCK_STATIC_LIBSTDCXX)
  # The Swift driver asks for -lstdc++ by name: a folder that has only the archive answers first.
  execute_process(
    COMMAND "${CMAKE_C_COMPILER}" -print-file-name=libstdc++.a
    OUTPUT_VARIABLE libstdcxx
    OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT IS_ABSOLUTE "${libstdcxx}")
    message(FATAL_ERROR "${CMAKE_C_COMPILER} finds no libstdc++.a; install g++ "
                        "or set PENSTOCK_STATIC_LIBSTDCXX=OFF")
  endif()
  file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/static")
  file(CREATE_LINK "${libstdcxx}" "${PROJECT_BINARY_DIR}/static/libstdc++.a" SYMBOLIC)
  list(PREPEND linker_flags "-L${PROJECT_BINARY_DIR}/static")
  list(APPEND swift_flags -Xswiftc -Xclang-linker -Xswiftc -static-libgcc)
endif()
# See there: the runtime must not install signal handlers in the host's process.
add_library(penstock_no_crash_handler OBJECT cmake/no_crash_handler.c)
set_target_properties(penstock_no_crash_handler PROPERTIES POSITION_INDEPENDENT_CODE ON)
list(APPEND linker_flags --wrap=_swift_installCrashHandler
     "$<TARGET_OBJECTS:penstock_no_crash_handler>")
foreach(flag IN LISTS linker_flags)
  list(APPEND swift_flags -Xlinker "${flag}")
endforeach()

# ---- The build. SwiftPM does not know of the version script, so the old product goes first.
# It would obey CC, which scikit-build-core and many a user set to a gcc; it needs its own clang.

add_custom_command(
  OUTPUT "${PENSTOCK_LIBRARY}" "${PENSTOCK_STRIPPED}"
  BYPRODUCTS "${PENSTOCK_LIBRARY_DIR}/${PENSTOCK_SONAME}" "${PENSTOCK_LIBRARY_DIR}/libpenstock.so"
  COMMAND "${CMAKE_COMMAND}" -E rm -f "${swift_dir}/release/libpenstock.so"
  COMMAND "${CMAKE_COMMAND}" -E env --unset=CC --unset=CXX
          "${PENSTOCK_SWIFT}" build -c release --product penstock
          --package-path "${PROJECT_SOURCE_DIR}" --scratch-path "${swift_dir}" ${swift_flags}
  COMMAND "${CMAKE_COMMAND}" -E make_directory "${PENSTOCK_LIBRARY_DIR}/stripped"
  COMMAND "${CMAKE_COMMAND}" -E copy "${swift_dir}/release/libpenstock.so" "${PENSTOCK_LIBRARY}"
  COMMAND "${CMAKE_COMMAND}" -E create_symlink "${PENSTOCK_FILENAME}"
          "${PENSTOCK_LIBRARY_DIR}/${PENSTOCK_SONAME}"
  COMMAND "${CMAKE_COMMAND}" -E create_symlink "${PENSTOCK_SONAME}"
          "${PENSTOCK_LIBRARY_DIR}/libpenstock.so"
  COMMAND "${CMAKE_STRIP}" --strip-unneeded -o "${PENSTOCK_STRIPPED}" "${PENSTOCK_LIBRARY}"
  DEPENDS ${sources} "${PROJECT_BINARY_DIR}/sources.txt" "${version_script}"
          $<TARGET_OBJECTS:penstock_no_crash_handler>
  COMMENT "Building ${PENSTOCK_FILENAME} with Swift ${PENSTOCK_SWIFT_VERSION}"
  USES_TERMINAL VERBATIM)
add_custom_target(penstock_library ALL DEPENDS "${PENSTOCK_LIBRARY}" "${PENSTOCK_STRIPPED}")

add_library(penstock::penstock SHARED IMPORTED GLOBAL)
set_target_properties(
  penstock::penstock
  PROPERTIES IMPORTED_LOCATION "${PENSTOCK_LIBRARY}"
             IMPORTED_SONAME "${PENSTOCK_SONAME}"
             INTERFACE_INCLUDE_DIRECTORIES "${PROJECT_SOURCE_DIR}/include")
add_dependencies(penstock::penstock penstock_library)
