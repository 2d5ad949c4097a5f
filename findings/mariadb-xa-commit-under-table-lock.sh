#!/usr/bin/env bash
# LOCK TABLES t READ, while a prepared XA transaction that has written t waits for its second phase
#
# One would guess: from LOCK TABLES t READ to UNLOCK TABLES nobody changes t, so that several connections which begin their snapshots meanwhile see the
# same rows of it; and if a transaction that has written t is not over yet, LOCK TABLES waits for it, as it does for any other one.
# True: once the connection of XA PREPARE is gone, LOCK TABLES t READ does not wait for its transaction, and XA COMMIT from another connection is not held
# back by the lock: the rows of t change under it. A plain INSERT is held back. FLUSH TABLES WITH READ LOCK would hold back both, and XA RECOVER lists such
# transactions.
#
# MariaDB 10.11.19 (Debian 12, packages mariadb-server-core and mariadb-client-core); sql/xa.cc, trans_xa_commit, which for a transaction of another
# connection asks for the lock of a commit against backups (MDL_BACKUP_COMMIT) and for none of the tables.
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

ask() { files/usr/bin/mariadb --no-defaults "--socket=$folder/s" --user=root --batch --skip-column-names "$@" 2>&1; }
for _ in $(seq 100); do ask --execute='SELECT 1' > /dev/null && break || sleep 0.2; done
ask --execute='CREATE DATABASE d; CREATE TABLE d.t (id int PRIMARY KEY) ENGINE=InnoDB; INSERT INTO d.t VALUES (1)'
# The client ends, and with it the connection, after the first phase.
ask --execute="USE d; XA START 'x'; INSERT INTO t VALUES (2); XA END 'x'; XA PREPARE 'x'"

mkfifo statements
ask --unbuffered d < statements > reader.log &
reader=$!
exec 3> statements
echo "LOCK TABLES t READ; SELECT 'rows of the reader after LOCK TABLES', COUNT(*) FROM t;" >&3
for _ in $(seq 50); do grep -q LOCK reader.log && break || sleep 0.1; done
try() { ask --execute="SET lock_wait_timeout = 2; $2" d > try.log && echo "$1: done" || echo "$1: $(grep -o 'ERROR [0-9]*' try.log)"; }
seen=$(try 'INSERT by another connection' 'INSERT INTO t VALUES (3)'; try 'XA COMMIT by another connection' "XA COMMIT 'x'")
echo "SELECT 'rows of the reader before UNLOCK TABLES', COUNT(*) FROM t; UNLOCK TABLES;" >&3
exec 3>&-
wait "$reader"
seen="$seen
$(tr '\t' ' ' < reader.log)"

echo "$seen"
expected='INSERT by another connection: ERROR 1205
XA COMMIT by another connection: done
rows of the reader after LOCK TABLES 1
rows of the reader before UNLOCK TABLES 2'
if [ "$seen" != "$expected" ]; then
  printf 'This has changed. It was:\n%s\n' "$expected" >&2
  exit 1
fi
