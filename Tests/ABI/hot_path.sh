#!/bin/bash
# Nothing that runs per span may retain, release, allocate or check exclusive access: looks at the
# machine code of the functions that do (segments, inlets, outlets, rings, wakers, fork-joins).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
need_library

hot='16PenstockDataflow(7Segment|5Inlet|6Outlet|4Step|4Loop)V|15PenstockRuntime(4Ring|5Waker|11WorkerState|8Doorbell|8ForkJoin|8ForkSlot|10ForkRoster)V'
# Once per run, on a failure, or never called: ends of tasks, failure reports, initialisers, metadata
# and value witnesses.
cold='(6retire|13reportFailure|10copyFailed|11growsInLoop|fC(Tf\w+)?>|Ma>|Vw[a-zA-Z]{2}>)'

code="$(objdump -d --no-show-raw-insn "$library")"
functions="$(grep -cE "^[0-9a-f]+ <\\\$s($hot)" <<<"$code" || true)"
((functions > 40)) || fail "only $functions hot functions found in $library; is it stripped?"
calls="$(awk -v hot="^[0-9a-f]+ <[$]s($hot)" '
    $0 ~ hot { function_name = $2; next }
    /^$/ { function_name = "" }
    function_name != "" &&
        /call.*<(swift_(retain|release|allocObject|beginAccess|slowAlloc)|malloc|calloc|posix_memalign)[@>]/ {
        print function_name, $NF
    }' <<<"$code" | sort -u | grep -vE "$cold" || true)"
[[ -z "$calls" ]] || fail "hot functions call what they must not:
$calls"
echo "$functions hot functions: no retain, release, allocation or exclusivity check"
