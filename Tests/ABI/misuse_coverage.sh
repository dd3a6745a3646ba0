#!/bin/bash
# Every function of the header is misused by some misuse_*.c: prints those that none calls.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

header_functions | sort -u >"$work/header"
[[ -s "$work/header" ]] || fail "no PST_API function found in $header"
# Calls, not mentions in comments; the matrix functions are named by a macro that calls them.
sed -E 's,/\*.*\*/,,; s,//.*,,' "$here"/misuse_*.c |
    grep -oE '\bpst_[a-z0-9_]+\(|^DEFINE\([a-z]+, pst_[a-z0-9_]+\)' |
    sed -E 's/.*(pst_[a-z0-9_]+).*/\1/' | sort -u >"$work/called"
missing="$(comm -23 "$work/header" "$work/called")"
[[ -z "$missing" ]] || fail "no test misuses" $missing
echo "all $(wc -l <"$work/header") functions are misused"
