#!/bin/bash
# The C program in the README compiles without a warning, runs and says what the README says.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
readme="${1:-$root/README.md}"

sed -n '/^```c$/,/^```$/p' "$readme" | sed '/^```/d' >"$work/program.c"
[[ -s "$work/program.c" ]] || fail "no C program in $readme"
gcc -std=c11 -Wall -Wextra -Wpedantic -Werror -I "$(dirname "$header")" -c "$work/program.c" \
    -o "$work/program.o"
echo "compiles"

need_library
gcc "$work/program.o" "$library" -Wl,-rpath,"$(dirname "$library")" -o "$work/program"
expected=$(sed -n 's/^It prints `\(.*\)`.*/\1/p' "$readme")
[[ -n "$expected" ]] || fail "$readme does not say what its program prints"
output="$(timeout 60 "$work/program")" || fail "the program exited with $?"
[[ "$output" == "$expected" ]] || fail "the program printed '$output', not '$expected'"
echo "prints $output"
