#!/bin/bash
# Usage: peers.sh FOLDER. Makes a virtual environment in FOLDER with the peers of requirements.txt.
# A peer that cannot be installed is left out with a note; the rows that need it say it is absent. A
# second call does nothing, but for trying again what was left out. PYTHON: which one (python3).
set -euo pipefail
folder="$1"
requirements="$(dirname "${BASH_SOURCE[0]}")/requirements.txt"
wanted="$("${PYTHON:-python3}" --version) $(cat "$requirements")"

[[ "$(cat "$folder/complete" 2>/dev/null)" == "$wanted" ]] && exit
[[ "$("$folder/bin/python" --version 2>/dev/null)" == "$("${PYTHON:-python3}" --version)" ]] || {
    rm -rf "$folder"
    "${PYTHON:-python3}" -m venv "$folder"
}

complete=true
# One by one, so that a missing peer does not take the others with it; the whole list constrains
# what each brings along.
while read -r package; do
    echo "Fetching $package into $folder"
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: \
        --constraint "$requirements" "$package" </dev/null || {
        echo "$package: cannot be fetched, or is not for this machine; left out" >&2
        complete=false
    }
done < <(grep -v '^#' "$requirements")
! $complete || echo "$wanted" >"$folder/complete"
