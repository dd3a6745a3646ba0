#!/bin/bash
# What the shared object asks of the machine, and how it is marked.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
need_library

readelf -dW "$library" >"$work/dynamic"
sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' "$work/dynamic" | sort >"$work/needed"
[[ -s "$work/needed" ]] || fail "$library needs nothing, which cannot be"
while read -r name; do
    case "$name" in
        libhwloc.so.* | libc.so.6 | libm.so.6 | ld-linux-*.so.*) ;;
        libstdc++.so.6 | libgcc_s.so.1) ;; # with PENSTOCK_STATIC_LIBSTDCXX=OFF
        *) fail "needs $name" ;;
    esac
done <"$work/needed"

version=$(sed -n 's/^#define PST_SOVERSION //p' "$header")
grep -q "(SONAME).*\[libpenstock.so.$version\]" "$work/dynamic" || fail "soname"
grep -q 'NODELETE' "$work/dynamic" || fail "not marked nodelete: dlclose would unload Swift"
grep -q 'BIND_NOW' "$work/dynamic" || fail "not marked bind-now"
grep -q 'TEXTREL' "$work/dynamic" && fail "has text relocations"
readelf -lW "$library" | grep 'GNU_STACK' | grep -q 'RW ' || fail "wants an executable stack"
echo "needs $(paste -sd' ' "$work/needed")"
