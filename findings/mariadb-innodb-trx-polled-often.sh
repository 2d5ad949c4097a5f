#!/usr/bin/env bash
# information_schema.INNODB_TRX, asked again and again for a transaction that is about to begin
#
# One would guess: whoever polls the view sees a transaction at the latest one poll after it has begun; the view is a cache that is refreshed
# once it is older than a tenth of a second.
# True: what counts is not when the cache was filled, but when it was last read. Whoever polls more often than every tenth of a second, or several who do so
# together, keep the first answer for as long as they go on: a transaction that has been open for seconds is not there. One pause of more than 0.1 s, in
# which nobody asks, and it appears.
#
# MariaDB 10.11.19 (Debian 12, packages mariadb-server-core and mariadb-client-core); storage/innobase/trx/trx0i_s.cc, where can_cache_be_updated()
# compares last_read with CACHE_MIN_IDLE_TIME, and each read of the view moves last_read on. INNODB_LOCKS and INNODB_LOCK_WAITS share that cache.
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

ask() { files/usr/bin/mariadb --no-defaults "--socket=$folder/s" --user=root --batch --skip-column-names --unbuffered "$@" 2>&1; }
for _ in $(seq 100); do ask --execute='SELECT 1' > /dev/null && break || sleep 0.2; done
ask --execute='CREATE DATABASE d; CREATE TABLE d.t (id int PRIMARY KEY) ENGINE=InnoDB'

# The server itself waits between two polls, so that a slow client does not pause.
look="SELECT UNIX_TIMESTAMP(NOW(6)), COUNT(*) FROM information_schema.INNODB_TRX;"
{
  for _ in $(seq 150); do echo "$look DO SLEEP(0.02);"; done
  echo "DO SLEEP(0.3); $look"
} > polls.sql
ask < polls.sql > polls.log &
poller=$!
sleep 1
mkfifo statements
ask < statements > writer.log &
exec 3> statements
echo 'START TRANSACTION; INSERT INTO d.t VALUES (1); SELECT UNIX_TIMESTAMP(NOW(6));' >&3
wait "$poller"
exec 3>&-
begun=$(cat writer.log)

missed=$(awk -v begun="$begun" '$1 > begun && $2 == 0 { count++ } END { print count + 0 }' polls.log)
seen="polls of 150 in which the open transaction is missing: $([ "$missed" -ge 10 ] && echo 'at least 10' || echo "$missed")
after a pause of 0.3 s: $(tail -n 1 polls.log | cut -f 2) transaction"
echo "$seen ($missed)"
expected='polls of 150 in which the open transaction is missing: at least 10
after a pause of 0.3 s: 1 transaction'
if [ "$seen" != "$expected" ]; then
  printf 'This has changed. It was:\n%s\n' "$expected" >&2
  exit 1
fi
