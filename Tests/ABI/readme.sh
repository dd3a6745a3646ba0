#!/bin/bash
# The C programs in the README compile without a warning, run and say what the README says.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
readme="${1:-$root/README.md}"

awk -v work="$work" '
    /^```c$/ { program = sprintf("%s/program%d.c", work, ++count); next }
    /^```$/ { program = "" }
    program { print > program }' "$readme"
mapfile -t expected < <(sed -n 's/^It prints `\([^`]*\)`.*/\1/p' "$readme")
programs=("$work"/program*.c)
[[ -e "${programs[0]}" ]] || fail "no C program in $readme"
((${#programs[@]} == ${#expected[@]})) ||
    fail "$readme does not say of each of its ${#programs[@]} programs what it prints"
for program in "${programs[@]}"; do
    gcc -std=c11 -Wall -Wextra -Wpedantic -Werror -I "$(dirname "$header")" -c "$program" \
        -o "${program%.c}.o"
done
echo "${#programs[@]} programs compile"

need_library
for i in "${!programs[@]}"; do
    program="${programs[i]%.c}"
    gcc "$program.o" "$library" -Wl,-rpath,"$(dirname "$library")" -o "$program"
    output="$(timeout 60 "$program")" || fail "the program exited with $?"
    [[ "$output" == "${expected[i]}" ]] ||
        fail "the program printed '$output', not '${expected[i]}'"
    echo "prints $output"
done
