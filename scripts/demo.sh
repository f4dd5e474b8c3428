#!/bin/sh
# Generates three months of exports, closes them one after the other, verifies the books, and says
# where everything is: demo.sh PROGRAM MAKE_MONTH [FOLDER]
set -eu

program=$1
make_month=$2
folder=${3:-demo}
months='2026-08 2026-09 2026-10'

rm -rf "$folder"
mkdir -p "$folder/exports"

for month in $months; do
    "$make_month" --out "$folder/exports/$month" --period "$month" --seed 2026 >"$folder/$month.txt"
    rows=$(awk '$1 != "all" { rows += $2 } END { print rows }' "$folder/$month.txt")
    rm "$folder/$month.txt"
    echo
    echo "$month: $rows rows in $(find "$folder/exports/$month" -type f | wc -l) files, $(
        du -sh "$folder/exports/$month" | cut -f1)"
    status=0
    "$program" run --period "$month" --exports "$folder/exports/$month" --books "$folder/books" \
        --verbose || status=$?
    # 1: published, with rejected rows to look at; the months have some.
    if [ "$status" -gt 1 ]; then
        echo "The run of $month ended with status $status." >&2
        exit "$status"
    fi
done

echo
"$program" verify --books "$folder/books" --verbose

echo
echo 'The books of the last month:'
for file in "$folder/books/$month"/*.xlsx "$folder/books/$month"/*.csv \
    "$folder/books/$month"/*.journal "$folder/books/$month/manifest.json" \
    "$folder/books/recompense-$month.zip"; do
    [ -e "$file" ] && printf '  %9s  %s\n' "$(wc -c <"$file")" "$file"
done
echo
echo 'Next: open the workbook, or try'
echo "  $program run --help"
if command -v hledger >/dev/null; then
    echo "  hledger -f $folder/books/$month/journal.journal balance -2 expenses"
fi
