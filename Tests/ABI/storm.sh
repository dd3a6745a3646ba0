#!/bin/bash
# Usage: storm.sh thread|address SCRATCH: builds the library with that sanitizer, in the scratch folder
# of SwiftPM, and lets actors_storm and actors_steal run on it. The compiler is Swift's own: one
# sanitizer for both.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
sanitizer="$1" scratch="$(realpath -m "$2")"
swift build --sanitize="$sanitizer" --product penstock --scratch-path "$scratch"
bin="$(swift build --sanitize="$sanitizer" --scratch-path "$scratch" --show-bin-path)"
swift="$(dirname "$(realpath "$(command -v swift)")")"
runtime="$swift/../lib/swift/linux"
for program in actors_storm actors_steal; do
    "$swift/clang" -fuse-ld=lld -fsanitize="$sanitizer" -O1 -g -D_GNU_SOURCE -Iinclude \
        "Tests/ABI/$program.c" -o "$scratch/$program" -L"$bin" -lpenstock \
        -L"$runtime" -ldispatch -lBlocksRuntime \
        -Wl,-rpath,"$bin" -Wl,-rpath,"$runtime" -lpthread
done
run=()
if [[ "$sanitizer" == thread ]] && setarch -R true 2>/dev/null; then
    run=(setarch -R) # ThreadSanitizer's shadow may collide with a randomised address space
fi
ROUNDS="${ROUNDS:-100}" "${run[@]}" "$scratch/actors_storm"
"${run[@]}" "$scratch/actors_steal"
