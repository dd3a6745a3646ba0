#!/bin/bash
# Usage: consumer.sh BUILD-DIR. Installs, moves the installed tree elsewhere, and builds the
# header's example against it through CMake and through pkg-config, with no Swift on PATH.
set -euo pipefail
# shellcheck source=../common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../common.sh"
build="$(cd "${1:-$root/build}" && pwd)"
need_library

cmake --install "$build" --prefix "$work/first" >"$work/install.log" || {
    cat "$work/install.log"
    fail "cmake --install"
}
prefix="$work/moved"
mv "$work/first" "$prefix"
libdir="$(dirname "$(find "$prefix" -name 'libpenstock.so')")"

version="$(sed -n 's/^#define PST_VERSION_\(MAJOR\|MINOR\|PATCH\) //p' "$header" | paste -sd.)"
soversion="$(sed -n 's/^#define PST_SOVERSION //p' "$header")"
[[ "$(readlink "$libdir/libpenstock.so")" == "libpenstock.so.$soversion" ]] || fail "link .so"
[[ "$(readlink "$libdir/libpenstock.so.$soversion")" == "libpenstock.so.$version" ]] ||
    fail "link .so.$soversion"
[[ ! -L "$libdir/libpenstock.so.$version" ]] || fail "libpenstock.so.$version is a link"
readelf -SW "$libdir/libpenstock.so" | grep -q '\.symtab' && fail "the library is not stripped"
grep -rIlF -e "$work/first" -e "$root" "$prefix" && fail "installed files name the build"

mkdir "$work/project"
cp "$here/consumer/CMakeLists.txt" "$work/project/"
header_example >"$work/project/program.c"
cd "$work/project"

# Compilers, CMake, Ninja and pkg-config, but no Swift.
cmake_tool="$(command -v cmake)"
pkg_config="$(command -v pkg-config)"
PATH="/usr/bin:/bin"
if ! {
    "$cmake_tool" -S . -B cmake -G Ninja -DCMAKE_PREFIX_PATH="$prefix" &&
        "$cmake_tool" --build cmake
} >"$work/cmake.log" 2>&1; then
    cat "$work/cmake.log"
    fail "find_package(penstock)"
fi
run_example cmake/program
readelf -dW cmake/program | grep -q "NEEDED.*libpenstock.so.$soversion" || fail "wrong NEEDED"
echo "CMake: find_package(penstock) works"

export PKG_CONFIG_PATH="$libdir/pkgconfig"
[[ "$("$pkg_config" --modversion penstock)" == "$version" ]] || fail "penstock.pc: version"
# shellcheck disable=SC2046 # words are what pkg-config prints
gcc program.c $("$pkg_config" --cflags --libs penstock) -o program
LD_LIBRARY_PATH="$libdir" run_example ./program
echo "pkg-config: penstock $version works"

cat >import.swift <<'SWIFT'
import CPenstock
let version: UInt32 = pst_version()
SWIFT
if [[ -n "${SWIFTC:-}" ]]; then
    "$SWIFTC" -typecheck -I "$prefix/include" import.swift || fail "import CPenstock"
    echo "Swift: import CPenstock works"
fi
