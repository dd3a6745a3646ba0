#!/bin/bash
# Runs a crawler, which is the argument, over a tree in which some things cannot be read, and
# compares what it counts with what find and wc do.
set -euo pipefail
crawler="$(realpath "$1")"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

mkdir -p "$work/tree/deep/deeper" "$work/tree/empty"
for i in {1..40}; do
    seq -s ' ' "$i" >"$work/tree/$i"
    seq "$((i * 50))" >"$work/tree/deep/$i"
    printf 'no newline at the end, file %d' "$i" >"$work/tree/deep/deeper/$i.txt"
done
ln -s . "$work/tree/deep/link"
for i in {1..20}; do
    cp /bin/true "$work/tree/deep/binary$i"
done
read -r lines words < <(find "$work/tree" -type f ! -name 'binary*' -exec cat {} \; -exec echo \; |
    LC_ALL=C wc -lw)
lines=$((lines - 120)) # the ends that were put between files
expected="4 folders, 120 files, $lines lines, $words words; 21 not readable"

output="$("$crawler" "$work/tree" "$work/nothing" 2>"$work/failures")"
[[ "$output" == "$expected" ]] || {
    echo "FAIL: the crawler printed '$output', not '$expected'"
    exit 1
}
[[ "$(wc -l <"$work/failures")" == 21 ]] || {
    echo "FAIL: not 21 workers failed:"
    cat "$work/failures"
    exit 1
}
echo "$output"
