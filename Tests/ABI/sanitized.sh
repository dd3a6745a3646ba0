#!/bin/bash
# Usage: sanitized.sh thread|address SCRATCH [ARGUMENT OF swift build]...: builds the library with that
# sanitizer, in the scratch folder of SwiftPM, and lets C programs run on it: those in which threads meet,
# and those that hand it what the header forbids. The compiler is Swift's own: one sanitizer for both.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
sanitizer="$1" scratch="$(realpath -m "$2")"
build=(swift build --sanitize="$sanitizer" --scratch-path "$scratch" "${@:3}")
"${build[@]}" --product penstock
bin="$("${build[@]}" --show-bin-path)"
swift="$(dirname "$(realpath "$(command -v swift)")")"
runtime="$swift/../lib/swift/linux"
run=()
if [[ "$sanitizer" == thread ]] && setarch -R true 2>/dev/null; then
    run=(setarch -R) # ThreadSanitizer's shadow may collide with a randomised address space
fi
export ROUNDS="${ROUNDS:-100}"
for program in actors_storm actors_steal operators operators_fuzz operators_lifetime \
    misuse_operators text text_files text_pieces misuse_text streams misuse_streams; do
    "$swift/clang" -fuse-ld=lld -fsanitize="$sanitizer" -O1 -g -D_GNU_SOURCE -Iinclude \
        "Tests/ABI/$program.c" -o "$scratch/$program" -L"$bin" -lpenstock \
        -L"$runtime" -ldispatch -lBlocksRuntime \
        -Wl,-rpath,"$bin" -Wl,-rpath,"$runtime" -lpthread
    started=$SECONDS
    "${run[@]}" "$scratch/$program" || {
        echo "$program failed under the $sanitizer sanitizer: $?" >&2
        exit 1
    }
    echo "$program: $((SECONDS - started)) s"
done
