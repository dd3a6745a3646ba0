#!/bin/bash
# Runs a program of bindings/c and compares what it prints with the comment at its end.
#     output.sh PROGRAM SOURCE
set -euo pipefail

expected="$(sed -n '/^\/\* Prints:$/,/^ \*\//p' "$2" | sed '1d;$d; s/^ \*  *//')"
[[ -n "$expected" ]] || { echo "FAIL: $2 does not say what it prints" >&2; exit 1; }
actual="$("$1")"
diff <(echo "$expected") <(echo "$actual")
