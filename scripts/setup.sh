#!/bin/sh
# Installs what the build ("build") or the build and the tests ("tests"), or the benchmark
# ("bench"), need, on Debian 12:
# by apt, as root or by sudo where that asks for no password. Otherwise says in one line what to
# install, and fails. Quiet when nothing is missing.
set -eu

build='gcc make libc6-dev pkg-config libcsv-dev libxlsxwriter-dev zlib1g-dev libconfuse-dev
       libjansson-dev libssl-dev libminizip-dev libisal-dev'
tests='libcmocka-dev python3 python3-openpyxl hledger ledger locales unzip'
# Other readers of the workbook: tests that have not got them are skipped, and say so.
readers='nodejs npm gnumeric libreoffice-calc-nogui poppler-utils'

bench='nodejs npm pigz python3-pandas python3-xlsxwriter time'

case ${1:-build} in
build) wanted=$build ;;
bench) wanted="$build $bench" ;;
tests) wanted="$build $tests" ;;
all) wanted="$build $tests $readers clang clang-format clang-tidy" ;;
*)
    echo 'usage: setup.sh [build|tests|bench|all]' >&2
    exit 2
    ;;
esac

# Whether what the package is wanted for is there already, from elsewhere.
is_there() {
    case $1 in
    nodejs) command -v node ;;
    npm) command -v npm ;;
    *) false ;;
    esac >/dev/null
}

list_missing() {
    missing=
    for package in "$@"; do
        is_there "$package" && continue
        status=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
        [ "$status" = 'install ok installed' ] || missing="$missing $package"
    done
}

as_root=
if [ "$(id -u)" != 0 ]; then
    as_root=no
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        as_root='sudo -n'
    fi
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT

apt_install() {
    # shellcheck disable=SC2086 # both are lists of words
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends \
        $missing >"$log" 2>&1 </dev/null
}

# The lists of packages may be old or absent.
install_missing() {
    [ -n "$missing" ] || return 0
    if [ "$as_root" = no ]; then
        echo "Please install, as root: apt-get install$missing" >&2
        return 1
    fi
    echo "Installing:$missing"
    apt_install && return 0
    $as_root apt-get update -qq >/dev/null 2>&1 || true
    apt_install && return 0
    tail -n 5 "$log" >&2
    echo "Could not install:$missing" >&2
    return 1
}

# exceljs, into build/npm, at the version that tests/writers/package.json names.
install_exceljs() {
    here=$(cd "$(dirname "$0")/.." && pwd)
    [ ! -d "$here/build/npm/node_modules/exceljs" ] || return 0
    command -v npm >/dev/null || return 1
    mkdir -p "$here/build/npm"
    cp "$here/tests/writers/package.json" "$here/build/npm/"
    echo 'Installing: exceljs (npm)'
    (cd "$here/build/npm" && npm install --no-audit --no-fund --ignore-scripts --silent \
        >"$log" 2>&1 </dev/null)
}

# shellcheck disable=SC2086 # lists of words
list_missing $wanted
install_missing || exit 1
case ${1:-build} in
tests | all)
    # shellcheck disable=SC2086
    list_missing $readers
    install_missing || echo 'Without them, the tests that need them are skipped.' >&2
    install_exceljs || echo 'exceljs could not be installed: its test is skipped.' >&2
    ;;
esac
