#!/bin/bash
# The header compiles without a warning in every language and with every compiler it promises; so
# do its initialisers and its example, and the example's sum is right.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

warnings=(-Wall -Wextra -Wpedantic -Werror -I "$(dirname "$header")")

# A program that names each function, type initialiser and constant macro once.
{
    echo '#include <penstock.h>'
    echo 'struct row { double a, b; };'
    echo 'typedef void (*function)(void);'
    echo 'extern const function functions[];'
    echo 'const function functions[] = {'
    header_functions | sed 's/.*/    (function)&,/'
    echo '};'
    echo 'int main(void) {'
    grep -oP '^#define PST_\K[A-Z_]+(?=_INIT\b)' "$header" | while read -r name; do
        type="pst_$(tr '[:upper:]' '[:lower:]' <<<"$name")"
        echo "    $type a_$type = PST_${name}_INIT;"
        echo "    if (a_$type.struct_size != sizeof(a_$type)) return 1;"
    done
    cat <<'BODY'
    pst_type type = PST_TYPE(struct row);
    pst_type rows = PST_ROW_TYPE(float, 64);
    pst_stage none = PST_NO_STAGE;
    if (type.size != sizeof(struct row) || type.alignment != sizeof(double)) return 1;
    if (rows.size != 64 * sizeof(float) || none.id != 0) return 1;
    if (PST_FOREVER != UINT64_MAX) return 1;
    return (int)(PST_VERSION_MAJOR + PST_VERSION_MINOR + PST_VERSION_PATCH + PST_SOVERSION) < 0;
}
BODY
} >"$work/every.c"
inits=$(grep -c '_INIT;' "$work/every.c")
((inits >= 6)) || fail "found only $inits _INIT macros in $header"

header_example >"$work/example.c"
grep -q 'pst_graph_run' "$work/example.c" || fail "no example in the first comment of $header"

compiled=0
for compiler in gcc clang; do
    command -v "$compiler" >/dev/null || fail "$compiler is not installed"
    for standard in c99 c11 c17; do
        for source in every example; do
            "$compiler" -std="$standard" "${warnings[@]}" -c "$work/$source.c" \
                -o "$work/$source-$compiler-$standard.o" || fail "$compiler -std=$standard: $source"
            compiled=$((compiled + 1))
        done
    done
    for standard in c++11 c++17 c++20; do
        "$compiler" -x c++ -std="$standard" "${warnings[@]}" -c "$work/every.c" \
            -o "$work/every-$compiler-$standard.o" || fail "$compiler -std=$standard"
        compiled=$((compiled + 1))
    done
done
echo "compiled $compiled combinations, $inits initialisers"

need_library
for object in "$work"/example-*.o; do
    gcc "$object" "$library" -Wl,-rpath,"$(dirname "$library")" -o "$work/example"
    run_example "$work/example"
done
for object in "$work"/every-*.o; do
    g++ "$object" "$library" -Wl,-rpath,"$(dirname "$library")" -o "$work/every"
    "$work/every" || fail "$(basename "$object"): an initialiser has the wrong size"
done
echo "example prints 332833500"
