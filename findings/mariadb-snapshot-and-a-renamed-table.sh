#!/usr/bin/env bash
# A consistent snapshot, and a table that gets its name after it has begun
#
# One would guess: a SELECT in a transaction that began WITH CONSISTENT SNAPSHOT shows the table as it was at that moment, or fails as it does for a table
# that was truncated meanwhile (error 1412, table definition has changed).
# True: where another table was renamed to the name in between, as gh-ost and pt-online-schema-change do, the SELECT reads that one, as of the beginning of
# the snapshot. The rows that it got last, before it was renamed, are missing, without error or warning: no moment had the rows that are shown. A snapshot
# that begins with the SELECT, which by then holds the definition, has all of them. mariadb-dump --single-transaction begins its snapshot before.
#
# MariaDB 10.11.19 (Debian 12, packages mariadb-server-core and mariadb-client-core); MySQL 9.7 does the same.
set -euo pipefail

version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
server=
cleanup() {
  if [ -n "$server" ]; then kill "$server" 2> /dev/null && wait "$server" || true; fi
  rm -rf "$folder"
}
trap cleanup EXIT
cd "$folder"
apt-get download -qq "mariadb-server-core=$version" "mariadb-client-core=$version" 2> /dev/null
for package in *.deb; do dpkg-deb -x "$package" files; done

common=(--no-defaults "--datadir=$folder/data" "--user=$(id -un)" "--lc-messages-dir=$folder/files/usr/share/mysql")
files/usr/bin/mariadb-install-db --no-defaults "--basedir=$folder/files/usr" "--datadir=$folder/data" "--user=$(id -un)" --force --skip-test-db \
  --auth-root-authentication-method=normal > install.log 2>&1
files/usr/sbin/mariadbd "${common[@]}" --skip-networking "--socket=$folder/s" "--pid-file=$folder/pid" > server.log 2>&1 &
server=$!

ask() { files/usr/bin/mariadb --no-defaults "--socket=$folder/s" --user=root --batch --skip-column-names --force "$@" 2>&1; }
for _ in $(seq 100); do ask --execute='SELECT 1' > /dev/null && break || sleep 0.2; done

# What a reader sees that begins so, and then another connection changes the table.
reader() {
  ask --execute='CREATE OR REPLACE DATABASE d; USE d; CREATE TABLE t (id int PRIMARY KEY) ENGINE=InnoDB; INSERT INTO t VALUES (1), (2);
    CREATE TABLE fresh LIKE t; INSERT INTO fresh VALUES (1)'
  mkfifo statements
  ask --unbuffered d < statements > reader.log &
  local reader=$!
  exec 3> statements
  echo "$1; SELECT 'begun';" >&3
  for _ in $(seq 50); do grep -q begun reader.log && break || sleep 0.1; done
  ask --execute="$2" d
  echo "SELECT COUNT(*) FROM t; SHOW WARNINGS;" >&3
  exec 3>&-
  wait "$reader" || true
  rm statements
  echo "$3: $(grep -v begun reader.log | grep -o 'ERROR [0-9]*\|^[0-9]*$' | paste -sd ' ')"
}
late='INSERT INTO fresh VALUES (2); RENAME TABLE t TO old, fresh TO t'
seen=$(
  reader 'START TRANSACTION WITH CONSISTENT SNAPSHOT' "$late" 'renamed, rows of the snapshot'
  reader 'START TRANSACTION READ ONLY' "$late" 'renamed, rows of a snapshot that begins with the SELECT'
  reader 'START TRANSACTION WITH CONSISTENT SNAPSHOT' 'TRUNCATE TABLE t' 'truncated, rows of the snapshot'
)

echo "$seen"
expected='renamed, rows of the snapshot: 1
renamed, rows of a snapshot that begins with the SELECT: 2
truncated, rows of the snapshot: ERROR 1412'
if [ "$seen" != "$expected" ]; then
  printf 'This has changed. It was:\n%s\n' "$expected" >&2
  exit 1
fi
