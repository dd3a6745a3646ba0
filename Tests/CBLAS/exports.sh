#!/bin/bash
# The shared object exports the functions of its header and their Fortran names, nothing else; it
# needs libpenstock and libc only; the header compiles in every language it is for.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

gcc -w -fpreprocessed -dD -E -P "$cblas_header" | tr '\n' ' ' |
    grep -oP 'PST_CBLAS_API\s+void\s+\Kcblas_[a-z]+(?=\s*\()' | sort >"$work/header"
[[ -s "$work/header" ]] || fail "no PST_CBLAS_API function found in $cblas_header"
{ cat "$work/header" && sed 's/^cblas_\(.*\)/\1_/' "$work/header"; } | sort >"$work/expected"
nm -D --defined-only --extern-only "$cblas" | awk '{ print $3 }' | sort >"$work/exported"
diff -u "$work/expected" "$work/exported" || fail "$cblas does not export what it should"
nm -D --undefined-only "$cblas" | awk '$1 == "w" && $2 !~ /^_/ { print $2 }' | sort >"$work/hooks"
diff -u <(printf '%s\n' RowMajorStrg cblas_xerbla xerbla_) "$work/hooks" || fail "hooks"

readelf -dW "$cblas" >"$work/dynamic"
soversion="$(sed -n 's/^#define PST_SOVERSION //p' "$header")"
grep -q "(SONAME).*\[libpenstock_cblas.so.$soversion\]" "$work/dynamic" || fail "soname"
diff -u <(printf '%s\n' libc.so.6 "libpenstock.so.$soversion") \
    <(sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' "$work/dynamic" | sort) || fail "needs other libraries"
grep -q 'RUNPATH.*\[\$ORIGIN\]' "$work/dynamic" || fail "does not look for libpenstock beside itself"
grep -q 'BIND_NOW' "$work/dynamic" || fail "not marked bind-now"

cat >"$work/program.c" <<'C'
#include <penstock_cblas.h>
enum CBLAS_ORDER layout = CblasRowMajor;
enum CBLAS_TRANSPOSE plain = CblasNoTrans;
int main(void) {
    float a = 2, b = 3, c = 1;
    cblas_sgemm(layout, plain, CblasConjTrans, 1, 1, 1, 1, &a, 1, &b, 1, 1, &c, 1);
    return c != 7;
}
C
# What a program with a foreign cblas.h does: that one declares, this one adds nothing.
cat >"$work/both.c" <<'C'
#define CBLAS_H
typedef enum CBLAS_LAYOUT { CblasRowMajor = 101 } CBLAS_LAYOUT;
#include <penstock_cblas.h>
CBLAS_LAYOUT layout = CblasRowMajor;
C
compiled=0
for compiler in gcc clang; do
    command -v "$compiler" >/dev/null || fail "$compiler is not installed"
    for language in c:c99 c:c11 c:c17 c++:c++11 c++:c++17 c++:c++20; do
        flags=(-x "${language%%:*}" -std="${language#*:}" -Wall -Wextra -Wpedantic -Werror
            -I "$(dirname "$cblas_header")")
        "$compiler" "${flags[@]}" "$work/program.c" -x none "$cblas" \
            -Wl,-rpath,"$(dirname "$cblas")" -o "$work/program" || fail "$compiler $language"
        "$work/program" || fail "$compiler $language: the product is wrong"
        "$compiler" "${flags[@]}" -c "$work/both.c" -o "$work/both.o" ||
            fail "$compiler $language: not after another cblas.h"
        compiled=$((compiled + 1))
    done
done
echo "$(wc -l <"$work/exported") symbols; header in $compiled combinations"
