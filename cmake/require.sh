#!/bin/bash
# Usage: require.sh PACKAGE... Makes sure that these Debian packages, or what they bring, and Swift
# are there. As root it installs what is missing; otherwise it says how to and fails.
set -euo pipefail
swift_least=6.3

# has PACKAGE: what the package brings is there, wherever it came from.
has() {
    case "$1" in
        gcc-aarch64-linux-gnu) command -v aarch64-linux-gnu-gcc ;;
        libc6-dev-arm64-cross) [[ -f /usr/aarch64-linux-gnu/include/stdio.h ]] ;;
        ninja-build) command -v ninja ;;
        libhwloc-dev) pkg-config --exists hwloc ;;
        libtbb-dev) [[ -f /usr/include/tbb/version.h || -f /usr/include/oneapi/tbb/version.h ]] ||
            pkg-config --exists tbb ;;
        libcaf-dev) [[ -f /usr/include/caf/all.hpp ]] ;;
        erlang-base) command -v erlc && command -v erl ;;
        libxsmm-dev) [[ -f /usr/include/libxsmm.h ]] ;;
        qemu-user) command -v qemu-aarch64 ;;
        python3-venv) python3 -c 'import ensurepip, venv' ;;
        libblas-dev) [[ -e "/usr/lib/$(gcc -print-multiarch)/blas/libblas.so" ]] ;;
        liblapack-dev) [[ -e "/usr/lib/$(gcc -print-multiarch)/lapack/liblapack.so" ]] ;;
        dpkg-dev) command -v dpkg-source ;;
        *) command -v "$1" ;;
    esac >/dev/null 2>&1
}

missing=()
for package in "$@"; do
    has "$package" || missing+=("$package")
done

if ((${#missing[@]})); then
    if [[ "$(id -u)" != 0 ]]; then
        echo "Missing: ${missing[*]}. Install with:" >&2
        echo "sudo apt-get install ${missing[*]}" >&2
        exit 1
    fi
    if ! command -v apt-get >/dev/null; then
        echo "Missing: ${missing[*]} (names of Debian's packages), and there is no apt-get" >&2
        exit 1
    fi
    echo "Installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq </dev/null
    apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}" \
        </dev/null >/dev/null
    for package in "${missing[@]}"; do
        has "$package" || {
            echo "$package is installed, but what it should bring is not found" >&2
            exit 1
        }
    done
fi

if ! command -v swift >/dev/null; then
    echo "There is no swift command on PATH. Penstock needs Swift $swift_least or later:" \
        "https://swift.org/install" >&2
    exit 1
fi
version="$(swift --version 2>/dev/null | grep -oP 'Swift version \K[0-9.]+' | head -1 || true)"
if [[ -z "$version" ]]; then
    echo "$(command -v swift) does not run: $(swift --version 2>&1 | tail -1)" >&2
    exit 1
fi
if [[ "$(printf '%s\n' "$swift_least" "$version" | sort -V | head -1)" != "$swift_least" ]]; then
    echo "$(command -v swift) is Swift $version; Penstock needs $swift_least or later:" \
        "https://swift.org/install" >&2
    exit 1
fi
