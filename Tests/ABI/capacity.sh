#!/bin/bash
# Usage: capacity.sh PROGRAM. Live: the engine obeys taskset and, where a control group with a quota can
# be made, the quota. (Quotas of every other shape: fake trees in PenstockTopologyTests.)
set -euo pipefail
program="$1"

say() { printf '%s: %s\n' "$1" "$2"; }
fail() {
    echo "capacity.sh: $*" >&2
    exit 1
}

allowed="$(taskset -cp $$ | sed 's/.*: //')"
say "unrestricted ($allowed)" "$("$program")"

last="${allowed##*[,-]}"
found="$(taskset -c "$last" "$program")"
say "taskset -c $last" "$found"
[[ "$found" == "1 0.0" || "$found" == 1\ * ]] || fail "taskset -c $last gives '$found', not 1 worker"

# One CPU's worth of time: version 1 and version 2 of the controller.
for root in /sys/fs/cgroup/cpu /sys/fs/cgroup /sys/fs/cgroup/unified; do
    group="$root/penstock-test-$$"
    mkdir "$group" 2>/dev/null || continue
    trap 'rmdir "$group" 2>/dev/null || true' EXIT
    if [[ -e "$group/cpu.cfs_quota_us" ]]; then
        echo 100000 >"$group/cpu.cfs_period_us"
        echo 100000 >"$group/cpu.cfs_quota_us"
    elif ! echo "100000 100000" 2>/dev/null >"$group/cpu.max"; then
        rmdir "$group"
        continue
    fi
    found="$(bash -c 'echo $$ >"$1/cgroup.procs" && exec "$2"' _ "$group" "$program")"
    say "quota 1.0 in $root" "$found"
    [[ "$found" == "1 1.0" ]] || fail "a quota of one CPU gives '$found'"
    exit 0
done
say "quota" "no control group can be made here; only the fake trees were tested"
