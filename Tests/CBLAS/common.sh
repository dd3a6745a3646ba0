# Sourced by the scripts beside it, on top of what those of Tests/ABI share.
# shellcheck shell=bash
# shellcheck source=../ABI/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../ABI/common.sh"
tests="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cblas="${PENSTOCK_CBLAS:-$(ls "$root"/build/lib/libpenstock_cblas.so.*.*.* 2>/dev/null || true)}"
cblas_header="${PENSTOCK_CBLAS_HEADER:-$root/include/penstock_cblas.h}"
[[ -f "$cblas" ]] || fail "libpenstock_cblas.so is not built (PENSTOCK_CBLAS=$cblas)"
cblas="$(realpath "$cblas")"
