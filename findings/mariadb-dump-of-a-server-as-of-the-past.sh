#!/usr/bin/env bash
# mariadb-dump of a system-versioned table, on a server whose system_versioning_asof is set
#
# One would guess: a dump has the rows that there are. mariadb-dump sets what its session needs (time zone, sql_mode, character set), and it has an option for
# rows of the past, --as-of, which is not given.
# True: as SQL and with --tab it writes the rows as of that moment, and nothing in its files or messages says so. The variable applies to every SELECT without
# FOR SYSTEM_TIME, and the tool neither sets nor reads it. A global value is that of each new connection, and whoever set it to look at the past in another
# session need not notice. Restored, or loaded elsewhere, changes since then are lost. Whoever reads tables of MariaDB should set the session's to DEFAULT.
#
# MariaDB 10.11.19 (Debian 12, packages mariadb-server-core, mariadb-client-core and mariadb-client); client/mysqldump.c, where --as-of becomes FOR SYSTEM_TIME
# behind the table's name, and no statement is about the variable.
set -euo pipefail

version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
server=
cleanup() {
  if [ -n "$server" ]; then kill "$server" 2> /dev/null && wait "$server" || true; fi
  rm -rf "$folder"
}
trap cleanup EXIT
chmod 755 "$folder"
cd "$folder"
apt-get download -qq "mariadb-server-core=$version" "mariadb-client-core=$version" "mariadb-client=$version" 2> /dev/null
for package in *.deb; do dpkg-deb -x "$package" files; done
mkdir tab
chmod 777 tab

common=(--no-defaults "--datadir=$folder/data" "--user=$(id -un)" "--lc-messages-dir=$folder/files/usr/share/mysql")
files/usr/bin/mariadb-install-db --no-defaults "--basedir=$folder/files/usr" "--datadir=$folder/data" "--user=$(id -un)" --force --skip-test-db \
  --auth-root-authentication-method=normal > install.log 2>&1
files/usr/sbin/mariadbd "${common[@]}" --skip-networking "--socket=$folder/s" "--pid-file=$folder/pid" > server.log 2>&1 &
server=$!

login=(--no-defaults "--socket=$folder/s" --user=root)
ask() { files/usr/bin/mariadb "${login[@]}" --batch --skip-column-names "$@" 2>&1; }
for _ in $(seq 100); do ask --execute='SELECT 1' > /dev/null && break || sleep 0.2; done
ask --execute="CREATE DATABASE d; CREATE TABLE d.fares (id int, fare int) WITH SYSTEM VERSIONING; INSERT INTO d.fares VALUES (1, 10)"
sleep 1
moment=$(ask --execute='SELECT NOW(6)')
sleep 1
ask --execute="UPDATE d.fares SET fare = 20; INSERT INTO d.fares VALUES (2, 30)"
now=$(ask --execute='SELECT * FROM d.fares')
ask --execute="SET GLOBAL system_versioning_asof = '$moment'"
files/usr/bin/mariadb-dump "${login[@]}" d fares > dump.sql 2> messages
files/usr/bin/mariadb-dump "${login[@]}" "--tab=$folder/tab" d fares 2>> messages

seen="rows: $now
dump: $(sed -n '/^INSERT/,/;$/p' dump.sql | tr -d '\n')
tab: $(cat tab/fares.txt)
lines of them about the past: $(cat dump.sql tab/fares.sql | grep -ciE 'as of|asof' || true)
messages: $(wc -c < messages) bytes"
echo "$seen"
expected=$(printf 'rows: 1\t20\n2\t30
dump: INSERT INTO `fares` VALUES(1,10);
tab: 1\t10
lines of them about the past: 0
messages: 0 bytes')
if [ "$seen" != "$expected" ]; then
  printf 'This has changed. It was:\n%s\n' "$expected" >&2
  exit 1
fi
