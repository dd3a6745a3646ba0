#!/bin/bash
# Usage: peers.sh FOLDER. Fetches the libraries Penstock is measured beside, at fixed versions, and
# leaves FOLDER/lib/{libopenblas,libdnnl,libblis,libomp}.so and FOLDER/include. A second call does
# nothing. libxsmm is Debian's and linked in; see the Makefile.
set -euo pipefail
folder="$1"
packages=(scipy-openblas32==0.3.34.481.3 onednn-cpu-gomp==2023.2.0 onednn-devel-cpu-gomp==2023.2.0
    aoclda==5.3.0.1)

[[ "$(cat "$folder/packages" 2>/dev/null)" == "${packages[*]}" ]] && exit
echo "Fetching ${packages[*]} from PyPI into $folder"
rm -rf "$folder"
python3 -m venv "$folder"
site="$(cd "$folder" && bin/python -c 'import sysconfig; print(sysconfig.get_paths()["platlib"])')"

complete=true
# fetch PACKAGE LIBRARY NAME...: what a package brings, under the name the harness knows it by. A
# package that PyPI does not have for this machine is one peer less, not a failure.
fetch() {
    local package="$1"
    shift
    "$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
        "$package" </dev/null || {
        echo "$package: cannot be fetched, or is not for this machine; left out" >&2
        complete=false
        return 0
    }
    while (($#)); do
        ln -sf "$(compgen -G "$1" | head -1)" "$folder/lib/$2"
        shift 2
    done
}

fetch "${packages[0]}" "$site/scipy_openblas32/lib/libscipy_openblas*.so" libopenblas.so
fetch "${packages[1]}"
fetch "${packages[2]}"
fetch "${packages[3]}" "$site/aoclda.libs/libomp-*.so" libomp.so \
    "$site/aoclda.libs/libblis-mt-*.so.*" libblis.so
# What is missing is tried again next time.
! $complete || echo "${packages[*]}" >"$folder/packages"
