#!/usr/bin/env bash
# mariadb-dump --hex-blob, with --tab
#
# One would guess: binary columns are written in hexadecimal digits, as the option says, which no character set, editor or transfer can change.
# True: with --tab the option does nothing, and nobody says so. The server writes the data file itself, by SELECT ... INTO OUTFILE of all columns as they are: raw bytes with
# OUTFILE's escapes. A reader that trusts the option takes a BLOB whose bytes happen to be digits, such as 0x4142, for their meaning.
#
# MariaDB 10.11.19 (Debian 12, packages mariadb-server-core, mariadb-client-core and mariadb-client); client/mysqldump.c, dump_table(), where opt_hex_blob
# counts for what the program prints itself.
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
ask --execute="CREATE DATABASE d; CREATE TABLE d.t (id int, photo blob); INSERT INTO d.t VALUES (1, 0xff41), (2, 0x3431)"
files/usr/bin/mariadb-dump "${login[@]}" --hex-blob "--tab=$folder/tab" d t
as_insert=$(files/usr/bin/mariadb-dump "${login[@]}" --hex-blob --compact --no-create-info --skip-extended-insert d t)

seen="as INSERT: $(echo "$as_insert" | sed -n 's/.*VALUES//p' | tr -d '\n')
in the file of --tab: $(od -An -tx1 tab/t.txt | tr -s ' \n' ' ')"
echo "$seen"
expected='as INSERT:  (1,0xFF41); (2,0x3431);
in the file of --tab:  31 09 ff 41 0a 32 09 34 31 0a '
if [ "$seen" != "$expected" ]; then
  printf 'This has changed. It was:\n%s\n' "$expected" >&2
  exit 1
fi
