#!/bin/bash
# Usage: testers.sh BUILD-DIR. Runs foreign tests on libpenstock_cblas, with each set of kernels that
# this processor runs: netlib's and OpenBLAS's testers of ?GEMM and cblas_?gemm, random products
# beside the reference (compare.c), and LAPACK's tests of linear equations with our products
# preloaded. Their sources come from Debian (sources.sh) and stay under BUILD-DIR.
set -euo pipefail
build="$(cd "${1:-build}" && pwd)"
PENSTOCK_CBLAS="$build/lib/libpenstock_cblas.so"
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

netlib=(sblat3 dblat3 c_sblat3 c_dblat3 openblas_sblat3 openblas_dblat3)
testers=("${netlib[@]}" compare xlintsts xlintstd)
folder="$build/blas-testers"
jobs="$(nproc)"

# ---- Build.

libraries="/usr/lib/$(gcc -print-multiarch)"
# Not by the links in /usr/lib: those may lead to OpenBLAS.
reference="$libraries/blas"
lapack="$libraries/lapack/liblapack.so"
[[ -e "$reference/libblas.so" ]] || fail "no $reference/libblas.so: install libblas-dev"
[[ -e "$lapack" ]] || fail "no $lapack: install liblapack-dev"
"$tests/sources.sh" "$folder/sources" lapack openblas
make --no-print-directory -j"$jobs" -C "$folder" -f "$tests/testers.mk" TESTS="$tests" \
    SOURCES="$folder/sources" OURS="$(dirname "$cblas")" REFERENCE="$reference" LAPACK="$lapack" \
    INCLUDE="$(dirname "$cblas_header")" >"$work/make.log" 2>&1 || {
    tail -20 "$work/make.log"
    fail "the testers do not compile"
}

# ---- The kernels of this processor.

gcc -x c - -o "$work/info" -I"$(dirname "$header")" -L"$build/lib" -lpenstock \
    -Wl,-rpath,"$build/lib" <<'C'
#include <penstock.h>
int main(void) { return puts(pst_build_info()) < 0; }
C
read -ra paths < <("$work/info" | sed 's/.*(of \([^)]*\)).*/\1/; s/,//g')
((${#paths[@]})) || fail "pst_build_info names no kernels: $("$work/info")"
for path in "${paths[@]}"; do
    PST_ISA="$path" "$work/info" | grep -q "kernels $path " || fail "PST_ISA=$path has no effect"
done

# letter TESTER: s or d.
letter() { [[ "$1" =~ ([sd])(blat3)?$ ]] && echo "${BASH_REMATCH[1]}"; }

# ---- One run.

few="0 1 2 3 5 9"
many="0 1 2 3 5 9 31 32 33 63 64 65 127 128 129"
openblas="0 1 2 5 9 31 33 64 65" # it has room for nine values up to 65

# numbers WORD: how many, and what they are.
numbers() { printf '%d\n%s\n' "$(wc -w <<<"$1")" "$1"; }

# input TESTER SIZES ALPHAS BETAS: what the tester reads. Only products are tested.
input() {
    local routine format
    routine="$(letter "$1")gemm"
    case "$1" in
        ?blat3)
            printf '%s\n' "'summary'" 6 # file and unit of the results
            format='%-6s T\n' routine="${routine^^}"
            ;;
        *) format='%-12s T\n' routine="cblas_$routine" ;;
    esac
    # No record of the calls; go on after a failure; test the error exits.
    printf '%s\n' "'none'" -1 F F T
    [[ "$1" == ?blat3 ]] || echo 2 # both layouts
    echo 16.0                      # the ratio of error to bound that is too much
    numbers "$2" && numbers "$3" && numbers "$4"
    # shellcheck disable=SC2059
    printf "$format" "$routine"
}

# limited COMMAND...: some seconds are enough for each.
limited() { timeout --kill-after=10 600 "$@"; }

# netlib_test TESTER SIZES ALPHAS BETAS: runs it in the current folder; prints what it says.
netlib_test() {
    rm -f summary
    input "$@" >input
    limited "$folder/$1" <input 2>&1 || echo "FAIL: exit status $?"
    [[ ! -f summary ]] || cat summary
}

# run TESTER: in the current folder; prints what it says.
run() {
    case "$1" in
        compare) limited "$folder/compare" "$cblas" 100000 1 2>&1 || echo "FAIL: exit status $?" ;;
        xlintst?)
            LD_PRELOAD="$cblas" limited "$folder/$1" \
                <"$folder/sources/lapack/TESTING/${1#xlintst}test.in" 2>&1 ||
                echo "FAIL: exit status $?"
            ;;
        openblas_*) netlib_test "$1" "$openblas" "0.0 1.0 0.7" "0.0 1.0 1.3" ;;
        c_*)
            netlib_test "$1" "$few" "0.0 1.0 0.7" "0.0 1.0 1.3"
            netlib_test "$1" "$many" "0.7" "1.3"
            ;;
        *)
            netlib_test "$1" "$few" "0.0 1.0 0.7" "0.0 1.0 1.3"
            netlib_test "$1" "$many" "1.0 0.7" "0.0 1.3"
            ;;
    esac
}

# count TESTER: of the output on stdin, how many tests it passed; nothing if one is amiss.
count() {
    awk -v tester="$1" '
        /FAIL|failed to pass|\*\*\*\*|penstock_cblas:/ { bad = 1 }
        /PASSED THE TESTS OF ERROR-EXITS/ { exits++ }
        /gemm.*WAS NOT TESTED|GEMM.*WAS NOT TESTED/ { bad = 1 }
        /PASSED THE .*COMPUTATIONAL TESTS/ { runs++; gsub(/[()]/, " "); total += $(NF - 1) }
        /END OF TESTS|End of tests/ { ends++ }
        /passed the threshold/ { gsub(/[()]/, " "); for (i = 2; i <= NF; i++)
            if ($i == "tests" && $(i + 1) == "run") total += $(i - 1) }
        / 0 failures$/ { ends++; total = $1 }
        END {
            if (tester ~ /^[sd]blat3/ && (exits != 2 || runs != 2 || ends != 2)) bad = 1
            if (tester ~ /^c_/ && (exits != 2 || runs != 4 || ends != 2)) bad = 1
            if (tester ~ /^openblas_/ && (exits != 1 || runs != 2)) bad = 1
            if (ends == 0 || total == 0) bad = 1
            if (!bad) print total
        }'
}

# ---- Are the products that they call really ours? The loader says to whom it binds what.

for tester in "${testers[@]}"; do
    [[ "$tester" != compare ]] || continue # it loads the library by its name
    caller="$tester" symbol="$(letter "$tester")gemm_"
    case "$tester" in
        *_?blat3) symbol="cblas_${symbol%_}" ;;
        xlintst?) caller=liblapack.so.3 ;;
    esac
    mkdir "$work/bindings"
    (cd "$work/bindings" && few="2" many="2" && export LD_DEBUG=bindings LD_DEBUG_OUTPUT=said &&
        run "$tester" >output)
    grep -qE "binding file [^ ]*$caller .* to [^ ]*/libpenstock_cblas\.so[^ ]* .*\`$symbol'" \
        "$work/bindings"/said.* || fail "$tester: $symbol is not ours"
    rm -r "$work/bindings"
done

# ---- Run all with all kernels, a few at a time.

for path in "${paths[@]}"; do
    for tester in "${testers[@]}"; do
        while (($(jobs -rp | wc -l) >= jobs)); do wait -n || true; done
        mkdir -p "$work/$path/$tester"
        (cd "$work/$path/$tester" && PST_ISA="$path" && export PST_ISA && run "$tester" >output) &
    done
done
wait

declare -i failures=0
printf '%-16s' "tests passed"
printf '%10s' "${paths[@]}"
echo
for tester in "${testers[@]}"; do
    printf '%-16s' "$tester"
    for path in "${paths[@]}"; do
        passed="$(count "$tester" <"$work/$path/$tester/output")"
        printf '%10s' "${passed:-FAIL}"
        [[ -n "$passed" ]] || failures+=1
    done
    echo
done
((failures == 0)) || {
    mkdir -p "$folder/logs"
    cp -r "${paths[@]/#/$work/}" "$folder/logs/"
    fail "$failures of the above; what they said is in $folder/logs"
}
