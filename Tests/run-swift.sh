#!/bin/bash
# Usage: run-swift.sh [--only SUITE]... [ARGUMENT OF swift test]...
# Runs the Swift tests, at most $TEST_LIMIT seconds once they are built (900), and fails when a
# suite of Package.swift (or one of those named with --only) has no test: nothing passes by being
# empty.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# XCTest's own runner leaks, which LeakSanitizer would report, so all tests use Swift Testing.
framework=(--disable-xctest)
if grep -rl --include='*.swift' '^import XCTest' Tests; then
    echo "These files use XCTest; tests are written with Swift Testing" >&2
    exit 1
fi

suites=()
while [[ "${1:-}" == --only ]]; do
    suites+=("$2")
    shift 2
done
filter=()
if ((${#suites[@]})); then
    filter=(--filter "^($(IFS='|' && echo "${suites[*]}"))\\.")
else
    mapfile -t suites < <(grep -oP 'name: "\K\w+Tests(?=")' Package.swift)
fi
run=()
if [[ " $* " == *" --sanitize=thread "* ]] && setarch -R true 2>/dev/null; then
    run=(setarch -R) # ThreadSanitizer's shadow may collide with a randomised address space
fi

swift build --build-tests "$@"
tests="$(swift test list --skip-build "${framework[@]}" "$@")"
empty=()
for suite in "${suites[@]}"; do
    grep -q "^$suite\\." <<<"$tests" || empty+=("$suite")
done
"${run[@]}" timeout --kill-after=10 "${TEST_LIMIT:-900}" \
    swift test --skip-build "${framework[@]}" "${filter[@]}" "$@" || {
    status=$?
    ((status != 124)) || echo "The tests did not end within ${TEST_LIMIT:-900} s" >&2
    exit "$status"
}
if ((${#empty[@]})); then
    echo "No test in ${empty[*]}" >&2
    exit 1
fi
