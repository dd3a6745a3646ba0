#!/bin/bash
# Usage: run.sh [BUILD FOLDER]
# Builds and runs the kernel tests: for this machine, also under the sanitizers, and for arm64 in
# qemu, by clang, which compiles the kernels everywhere, and by GCC. As root it installs what is
# missing. Prints a line for each path and element type.
set -euo pipefail
build="$(realpath -m "${1:-$(dirname "${BASH_SOURCE[0]}")/../../build/kernels}")"
cd "$(dirname "${BASH_SOURCE[0]}")"

fail() {
    echo "FAIL: $*" >&2
    exit 1
}

../../cmake/require.sh cmake ninja-build gcc
# Swift's own if it is there: that compiles the kernels of the library.
clang="${CLANG:-$(dirname "$(realpath "$(command -v swift)")")/clang}"
[[ -x "$clang" ]] || clang="$(command -v clang)" || fail "there is no clang beside swift"

# variant NAME CASES EMULATOR CMAKE_ARGUMENT...: builds it, to be run by run_all.
names=()
declare -A cases emulators
variant() {
    local name="$1"
    names+=("$name")
    cases[$name]="$2" emulators[$name]="$3"
    shift 3
    cmake -S . -B "$build/$name" -G Ninja "$@" >"$build/$name.log" ||
        fail "cmake for $name: $(cat "$build/$name.log")"
    cmake --build "$build/$name" >"$build/$name.log" || fail "$name: $(cat "$build/$name.log")"
}

# All at once; what they print comes in order.
run_all() {
    local name pids=() failed=()
    for name in "${names[@]}"; do
        # shellcheck disable=SC2086 # no emulator is no word
        timeout 600 ${emulators[$name]} "$build/$name/kernel-tests" "${cases[$name]}" \
            >"$build/$name.log" 2>&1 &
        pids+=($!)
    done
    for i in "${!names[@]}"; do
        wait "${pids[i]}" || failed+=("${names[i]}")
        sed "s/^/${names[i]}: /" "$build/${names[i]}.log"
    done
    ((${#failed[@]} == 0)) || fail "${failed[*]}"
}

mkdir -p "$build"
lld=-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=lld
variant native 20000 "" "-DCMAKE_C_COMPILER=$clang" -DCMAKE_C_FLAGS=-O2 "$lld"
# Not optimised: the sanitizers' checks in unrolled loops take minutes to compile.
variant sanitized 3000 "" "-DCMAKE_C_COMPILER=$clang" "$lld" -DCMAKE_C_FLAGS="-g -DSANITIZED \
    -fsanitize=address,undefined -fno-sanitize-recover=all"
if [[ "$(uname -m)" != aarch64 ]]; then
    ../../cmake/require.sh gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user ||
        fail "the arm64 kernels cannot be tested without a cross compiler and qemu"
    arm64=(-DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_C_FLAGS=-O2)
    variant arm64-clang 10000 qemu-aarch64 "${arm64[@]}" "-DCMAKE_C_COMPILER=$clang" \
        -DCMAKE_C_COMPILER_TARGET=aarch64-linux-gnu "-DCMAKE_EXE_LINKER_FLAGS=-static -fuse-ld=lld"
    variant arm64-gcc 20000 qemu-aarch64 "${arm64[@]}" \
        -DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc -DCMAKE_EXE_LINKER_FLAGS=-static
fi
run_all
