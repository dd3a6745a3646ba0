#!/bin/bash
# Nothing that runs per span or per message may retain, release, allocate or check exclusive access:
# looks at the machine code of the functions that do (segments, inlets, outlets, rings, wakers,
# fork-joins; workers, cells, nodes and lanes of actors; operators; splitting and reducing).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
need_library

hot='16PenstockDataflow(7Segment|5Inlet|6Outlet|4Step|4Loop)V|15PenstockRuntime(4Ring|5Waker|11WorkerState|8Doorbell|8ForkJoin|8ForkSlot|10ForkRoster)V'
# Of text: what is done per span. Failures and blocks of files are seldom.
hot="$hot"'|12PenstockText(14KeyedReductionC(12processBytes|14processNumbers)|8SplitterC(7process|8ProgressV)|9AggregateV3add|5BytesV7release|8KeyTableV)'
hot="$hot"'|Sp14PenstockActorsAA|14PenstockActors(8NodePool|4Node|6Header|5Slabs|9BlockList|10WorkerDoor|9TimerHeap|7WordSet)V|14PenstockActors(4send|9spawnFast|9replyFast|8selfFast)'
hot="$hot"'|17PenstockOperators[A-Za-z0-9]+C(3run|5apply|8runBlock|9runValues|7makeRow|4make33|4take|4give)'
# Once per run, on a failure, or never called: ends of tasks, failure reports, initialisers, metadata
# and value witnesses; actors with options of their own.
cold='(AA0C4PlanV_AA5BirthV|11noteDropped|6finish\w+PlanV|6retire|13reportFailure|10copyFailed|11growsInLoop|fC(Tf\w+)?>|Ma>|Vw[a-zA-Z]{2}>)'

code="$(objdump -d --no-show-raw-insn "$library")"
functions="$(grep -cE "^[0-9a-f]+ <\\\$s($hot)" <<<"$code" || true)"
((functions > 150)) || fail "only $functions hot functions found in $library; is it stripped?"
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
