#!/bin/bash
# The functions of the header, the committed list and the symbols of the shared object are one set.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if [[ "${1:-}" == --update ]]; then
    header_functions >"$exports"
    exit
fi

header_functions >"$work/header"
[[ -s "$work/header" ]] || fail "no PST_API function found in $header"
uniq -d "$work/header" | grep . && fail "declared twice in $header"
diff -u "$exports" "$work/header" ||
    fail "$exports is not the header's list; Tests/ABI/exports.sh --update writes it"

need_library
nm -D --defined-only --extern-only "$library" | awk '{ print $3 }' | sort >"$work/library"
diff -u "$exports" "$work/library" || fail "$library does not export exactly $exports"
echo "$(wc -l <"$work/library") symbols"
