#!/bin/bash
# Usage: sources.sh FOLDER PACKAGE... Unpacks Debian source packages, of the release and from the
# mirror that this machine's apt uses, to FOLDER/PACKAGE. apt checks signatures and checksums. The
# machine's own lists stay as they are. What is there already is not fetched again.
set -euo pipefail
folder="$(mkdir -p "$1" && cd "$1" && pwd)"
shift

fail() {
    echo "sources.sh: $*" >&2
    exit 1
}

missing=()
for package in "$@"; do [[ -f "$folder/$package/.complete" ]] || missing+=("$package"); done
((${#missing[@]})) || exit 0
command -v apt-get >/dev/null || fail "there is no apt-get to fetch ${missing[*]} with"
# shellcheck source=/dev/null
release="$(. /etc/os-release && echo "${VERSION_CODENAME:-}")"
[[ -n "$release" ]] || fail "/etc/os-release names no release"

# The machine's entries for binary packages of this release, as entries for source packages.
rm -rf "$folder/apt"
mkdir -p "$folder/apt/sources.d" "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial"
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
    copy="$folder/apt/sources.d/$(basename "$file")"
    case "$file" in
        *.list)
            [[ ! -f "$file" ]] ||
                sed -nE "s/^deb(\s.*\s$release(-updates|-security)?\s)/deb-src\1/p" "$file" >"$copy"
            ;;
        *.sources)
            ! grep -qE "^Suites:(.*\s)?$release(\s|$)" "$file" ||
                sed 's/^Types:.*/Types: deb-src/' "$file" >"$copy"
            ;;
    esac
done
find "$folder/apt/sources.d" -empty -delete
[[ -d "$folder/apt/sources.d" ]] || fail "apt's sources name no mirror of $release"
cat >"$folder/apt/apt.conf" <<CONF
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$folder/apt/sources.d";
Dir::State::lists "$folder/apt/lists";
Dir::Cache "$folder/apt/cache";
APT::Sandbox::User "";
APT::Update::Error-Mode "any";
Acquire::Retries "5";
CONF
export APT_CONFIG="$folder/apt/apt.conf"
apt() {
    apt-get -qq "$@" >"$folder/apt/log" 2>&1 </dev/null || {
        cat "$folder/apt/log" >&2
        fail "apt-get $* failed; without the network there are no sources of ${missing[*]} to test with"
    }
}

apt update
for package in "${missing[@]}"; do
    rm -rf "$folder/$package" "$folder/apt/unpacked"
    mkdir "$folder/apt/unpacked"
    cd "$folder/apt/unpacked"
    apt source "$package"
    unpacked=("$folder/apt/unpacked/$package"-*/)
    [[ -d "${unpacked[0]}" ]] || fail "apt-get source $package unpacked nothing"
    mv "${unpacked[0]}" "$folder/$package"
    touch "$folder/$package/.complete"
    echo "fetched the sources of $(basename "${unpacked[0]}")"
done
rm -rf "$folder/apt"
