#!/bin/bash
# Usage: test.sh FOLDER. Builds the wheel, installs it into a fresh virtual environment in FOLDER,
# and there checks the sources' format and types and runs the tests against what was installed,
# with nothing on PATH but that environment: no compiler, no Swift. PYTHON: which one (python3).
set -euo pipefail
mkdir -p "$1"
folder="$(cd "$1" && pwd)"
package="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
export PIP_DISABLE_PIP_VERSION_CHECK=1
unset PENSTOCK_LIBRARY PYTHONPATH
cc="$(command -v cc)"

rm -rf "$folder/venv" "$folder/wheel"
"${PYTHON:-python3}" -m venv "$folder/venv"
pip=("$folder/venv/bin/python" -m pip --quiet)
"${pip[@]}" wheel --no-deps --wheel-dir "$folder/wheel" \
    --config-settings=build-dir="$folder/cmake" "$package"
"${pip[@]}" install "$folder"/wheel/penstock-*-py3-none-linux_*.whl \
    -r "$package/tests/requirements.txt"

bin="$folder/venv/bin"
for checked in "$package/../../benchmarks/python" "$package"; do
    cd "$checked"
    "$bin/ruff" format --check --no-cache .
    "$bin/ruff" check --no-cache .
    "$bin/mypy" --cache-dir "$folder/mypy"
done

# The tests find the package where pip has put it: the sources are not on the path.
PATH="$bin" PENSTOCK_TEST_CC="$cc" PYTHONDONTWRITEBYTECODE=1 \
    "$bin/python" -m pytest -p no:cacheprovider --quiet "${@:2}"
