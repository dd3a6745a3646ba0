#!/bin/sh
# Builds a client in release mode and looks at its machine code: closures must have become vector
# instructions inside the span loops, without a retain; behaviours of actors must have become code
# that sends without a retain or an allocation. x86-64 only.
set -eu
cd "$(dirname "$0")"
scratch="${1:-../../.build/client}"

swift build -c release --scratch-path "$scratch" --product Client
"$scratch/release/Client"
objdump -d --no-show-raw-insn "$scratch/release/Client" | swift demangle > "$scratch/client.s"

# The body of the span loop that is specialised for the closure in the given function.
loop() {
    awk -v name="in Client.$1(" '
        /^[0-9a-f]+ </ { inside = /Constant Propagated/ && index($0, name) }
        inside' "$scratch/client.s"
}

failed=0
expect() {
    if ! loop "$1" | grep -Eq "[[:space:]]v?($2)[[:space:]]"; then
        echo "$1: no $2"
        failed=1
    fi
    if loop "$1" | grep -q 'call.*swift_\(retain\|release\)'; then
        echo "$1: counts references"
        failed=1
    fi
}

# LLVM adds one by subtracting minus one.
expect addOne 'paddq|psubq'
expect addOneInSpans 'paddq|psubq'
expect addUp 'paddq'
expect standardise 'divps'

# What the engine calls for each message of an actor, up to where an error is thrown.
body() {
    awk -v name="$1" '
        /^[0-9a-f]+ </ { inside = /ActorBox.body/ && index($0, name) }
        inside && /swift_willThrow/ { inside = 0 }
        inside' "$scratch/client.s"
}

for behaviour in '<Client.Relay>' 'Client.adder'; do
    if ! body "$behaviour" | grep -q 'call.*Penstock.sendInline'; then
        echo "$behaviour: no behaviour that sends"
        failed=1
    fi
    if body "$behaviour" | grep 'call.*swift_\(retain\|release\|alloc\|beginAccess\|once\)'; then
        echo "$behaviour: not free of references"
        failed=1
    fi
done

[ "$failed" = 0 ] && echo "span loops are vector code, messages are free"
exit "$failed"
