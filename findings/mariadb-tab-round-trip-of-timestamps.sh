#!/usr/bin/env bash
# mariadb-dump --tab, and mariadb-import of its file into the same server, whose time zone is not UTC
#
# One would guess: a TIMESTAMP comes back as the same moment. --tz-utc, which is on by default, is there so that moments survive between time zones, and the
# .sql file beside the data says TIME_ZONE='+00:00'.
# True: each TIMESTAMP is another moment afterwards, by the server's distance from UTC, without a warning. The dumping session is in UTC, and so are the values in the
# .txt file; but the statement is in the .sql file, which only makes the table, and mariadb-import has a session of its own in the server's time zone, and
# no option for another one. So whoever reads a .txt file must know which tool wrote it: SELECT ... INTO OUTFILE writes the time zone of its session.
#
# MariaDB 10.11.19 (Debian 12, packages mariadb-server-core, mariadb-client-core and mariadb-client); client/mysqldump.c, where opt_tz_utc sets the
# time zone of the connection, and client/mysqlimport.c, which sets none.
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
files/usr/sbin/mariadbd "${common[@]}" --skip-networking "--socket=$folder/s" "--pid-file=$folder/pid" --default-time-zone=+05:00 > server.log 2>&1 &
server=$!

login=(--no-defaults "--socket=$folder/s" --user=root)
ask() { files/usr/bin/mariadb "${login[@]}" --batch --skip-column-names "$@" 2>&1; }
for _ in $(seq 100); do ask --execute='SELECT 1' > /dev/null && break || sleep 0.2; done
ask --execute="CREATE DATABASE d; CREATE TABLE d.t (id int, at timestamp NULL, day datetime);
  INSERT INTO d.t VALUES (1, '2024-06-01 12:00:00', '2024-06-01 12:00:00')"
look='SELECT at, UNIX_TIMESTAMP(at), day FROM t'
before=$(ask d --execute="$look")
files/usr/bin/mariadb-dump "${login[@]}" "--tab=$folder/tab" d t
ask --execute='CREATE DATABASE e'
ask e < tab/t.sql
warnings=$(files/usr/bin/mariadb-import "${login[@]}" --local e "$folder/tab/t.txt")

seen="before: $before
in the file: $(cut -f 2- tab/t.txt)
after: $(ask e --execute="$look")
${warnings##*Skipped: 0  }"
echo "$seen"
expected=$(printf 'before: 2024-06-01 12:00:00\t1717225200\t2024-06-01 12:00:00
in the file: 2024-06-01 07:00:00\t2024-06-01 12:00:00
after: 2024-06-01 07:00:00\t1717207200\t2024-06-01 12:00:00
Warnings: 0')
if [ "$seen" != "$expected" ]; then
  printf 'This has changed. It was:\n%s\n' "$expected" >&2
  exit 1
fi
