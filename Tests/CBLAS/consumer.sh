#!/bin/bash
# Usage: consumer.sh BUILD-DIR. Installs, moves the installed tree elsewhere, and uses the library as
# users do: through pkg-config, through CMake, and preloaded under a finished program.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build="$(cd "${1:-$root/build}" && pwd)"

cmake --install "$build" --prefix "$work/first" >"$work/install.log" || {
    cat "$work/install.log"
    fail "cmake --install"
}
prefix="$work/moved"
mv "$work/first" "$prefix"
libdir="$(dirname "$(find "$prefix" -name libpenstock_cblas.so)")"
[[ -L "$libdir/libpenstock_cblas.so" && -f "$libdir/libpenstock_cblas.so" ]] || fail "link .so"
version="$(sed -n 's/^#define PST_VERSION_\(MAJOR\|MINOR\|PATCH\) //p' "$header" | paste -sd.)"
program="$root/bindings/c/blas.c"
cd "$work"

export PKG_CONFIG_PATH="$libdir/pkgconfig"
[[ "$(pkg-config --modversion penstock_cblas)" == "$version" ]] || fail "penstock_cblas.pc: version"
# shellcheck disable=SC2046 # words are what pkg-config prints
gcc "$program" $(pkg-config --cflags --libs penstock_cblas) -o linked
LD_LIBRARY_PATH="$libdir" bash "$tests/../ABI/output.sh" ./linked "$program" ||
    fail "the program linked through pkg-config"
echo "pkg-config: penstock_cblas $version works"

mkdir project
cat >project/CMakeLists.txt <<'CMAKE'
cmake_minimum_required(VERSION 3.16)
project(consumer LANGUAGES C)
find_package(penstock 0.1 REQUIRED)
add_executable(program program.c)
target_link_libraries(program PRIVATE penstock::cblas)
CMAKE
cp "$program" project/program.c
if ! { cmake -S project -B cmake -DCMAKE_PREFIX_PATH="$prefix" && cmake --build cmake; } \
    >cmake.log 2>&1; then
    cat cmake.log
    fail "find_package(penstock), penstock::cblas"
fi
bash "$tests/../ABI/output.sh" cmake/program "$program" || fail "the program linked through CMake"
echo "CMake: penstock::cblas works"

# Another BLAS, whose products are wrong, so that one sees whose answer it is.
cat >other.c <<'C'
void cblas_dgemm(int layout, int ta, int tb, int m, int n, int k, double alpha, const double *a,
                 int lda, const double *b, int ldb, double beta, double *c, int ldc);
void cblas_dgemm(int layout, int ta, int tb, int m, int n, int k, double alpha, const double *a,
                 int lda, const double *b, int ldb, double beta, double *c, int ldc) {
    (void)layout, (void)ta, (void)tb, (void)k, (void)alpha, (void)a, (void)lda, (void)b, (void)ldb;
    (void)beta;
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++)
            c[i * ldc + j] = -1;
}
C
gcc -shared -fPIC other.c -o libother.so
# shellcheck disable=SC2046
gcc "$program" $(pkg-config --cflags penstock_cblas) -L. -lother -Wl,-rpath,"$work" -o finished
./finished | grep -q -- '-1.000 or -1.000' || fail "the other library does not answer"
cat >preloaded.sh <<SCRIPT
#!/bin/bash
LD_PRELOAD="$libdir/libpenstock_cblas.so" exec "$work/finished"
SCRIPT
chmod +x preloaded.sh
bash "$tests/../ABI/output.sh" ./preloaded.sh "$program" || fail "LD_PRELOAD"
echo "LD_PRELOAD: works"
