#!/bin/bash
# Runs a bank, which is the argument: every transfer comes to an end, and no money is lost or made.
set -euo pipefail
output="$("$1")"
pattern='^([0-9]+) transfers, ([0-9]+) refused, ([0-9]+) too late; 10000 of 10000 in the bank$'
[[ "$output" =~ $pattern ]] &&
    ((BASH_REMATCH[1] > 0 && BASH_REMATCH[1] + BASH_REMATCH[2] + BASH_REMATCH[3] == 2000)) || {
    echo "FAIL: the bank printed '$output'"
    exit 1
}
echo "$output"
