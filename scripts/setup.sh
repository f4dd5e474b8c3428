#!/bin/sh
# Installs what the build ("build") or the build and the tests ("tests"), or the benchmark
# ("bench"), need, on Debian 12:
# by apt, as root or by sudo where that asks for no password. Otherwise says in one line what to
# install, and fails. Quiet when nothing is missing.
set -eu

build='gcc make libc6-dev pkg-config libcsv-dev libxlsxwriter-dev zlib1g-dev libconfuse-dev
       libjansson-dev libssl-dev libminizip-dev libisal-dev'
tests='libcmocka-dev python3 python3-openpyxl hledger ledger locales unzip'
optional='libreoffice-calc-nogui poppler-utils' # "all" only: large, and only for looking at workbooks

bench='nodejs npm pigz python3-pandas python3-xlsxwriter'

case ${1:-build} in
build) wanted=$build ;;
bench) wanted="$build $bench" ;;
tests) wanted="$build $tests" ;;
all) wanted="$build $tests $optional clang clang-format clang-tidy" ;;
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

missing=
for package in $wanted; do
    is_there "$package" && continue
    status=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
    [ "$status" = 'install ok installed' ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root='sudo -n'
else
    echo "Please install, as root: apt-get install$missing" >&2
    exit 1
fi

echo "Installing:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install_missing() {
    # shellcheck disable=SC2086 # both are lists of words
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends \
        $missing >"$log" 2>&1 </dev/null
}
# The lists of packages may be old or absent.
if ! install_missing; then
    $as_root apt-get update -qq >/dev/null 2>&1 || true
    if ! install_missing; then
        tail -n 5 "$log" >&2
        echo "Could not install:$missing" >&2
        exit 1
    fi
fi
