# Sourced by the scripts beside it: where things are, and how they speak.
# shellcheck shell=bash
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
header="${PENSTOCK_HEADER:-$root/include/penstock.h}"
library="${PENSTOCK_LIBRARY:-$(ls "$root"/build/lib/libpenstock.so.*.*.* 2>/dev/null || true)}"
exports="${PENSTOCK_EXPORTS:-$root/cmake/penstock.exports}"
export LC_ALL=C

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

fail() {
    echo "FAIL: $*" >&2
    exit 1
}

need_library() {
    [[ -f "$library" ]] || fail "the library is not built (PENSTOCK_LIBRARY=$library)"
}

# The program in the header's first comment.
header_example() {
    sed -n '/^ \* Build:/q; s/^ \*     //p; s/^ \*$//p' "$header"
}

# The functions that the header declares, sorted, one a line.
header_functions() {
    gcc -w -fpreprocessed -dD -E -P "$header" | tr '\n' ' ' |
        grep -oP 'PST_API\s+(?!__)[^;{}]*?\bpst_[a-z0-9_]+(?=\s*\()' |
        grep -oP 'pst_[a-z0-9_]+$' | sort
}

# run_example PROGRAM: the header's example prints the sum of the first thousand squares.
run_example() {
    local output
    output="$(timeout 60 "$1")" || fail "$1 exited with $?: $output"
    [[ "$output" == 332833500 ]] || fail "$1 printed '$output', not 332833500"
}
