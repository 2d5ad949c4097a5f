#!/usr/bin/env bash
# SELECT * FROM a table with an invisible column, by a user with rights on all visible columns and none on that one
#
# One would guess: * stands for the visible columns, so rights on these are enough; and whoever sees no other column in information_schema or SHOW
# COLUMNS may read the whole table.
# True: the statement is refused, for the table and without the name of a column, although * would not return the invisible one. The same columns by name
# are returned, and SHOW COLUMNS and information_schema.COLUMNS leave it out for this user. So a reader that names the columns it sees leaves out a column
# unnoticed, and SELECT * ... LIMIT 0 beforehand tells.
#
# MariaDB 10.11.19 (Debian 12, packages mariadb-server-core and mariadb-client-core); sql/sql_base.cc, insert_fields, which asks for the rights on all
# fields of the table (check_grant_all_columns) before it leaves the invisible ones out.
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

ask() { files/usr/bin/mariadb --no-defaults "--socket=$folder/s" --batch --skip-column-names "$@" 2>&1; }
for _ in $(seq 100); do ask --user=root --execute='SELECT 1' > /dev/null && break || sleep 0.2; done
ask --user=root << 'SQL'
CREATE DATABASE d;
CREATE TABLE d.plain (id int, name varchar(9));
CREATE TABLE d.more (id int, name varchar(9), unseen int INVISIBLE DEFAULT 7);
INSERT INTO d.plain VALUES (1, 'x');
INSERT INTO d.more (id, name) VALUES (1, 'x');
CREATE USER reader@localhost;
GRANT SELECT (id, name) ON d.plain TO reader@localhost;
GRANT SELECT (id, name) ON d.more TO reader@localhost;
SQL

seen=$(for sql in 'SELECT * FROM d.plain' 'SELECT id, name FROM d.more' 'SELECT * FROM d.more' \
  "SELECT GROUP_CONCAT(COLUMN_NAME) FROM information_schema.COLUMNS WHERE TABLE_NAME = 'more'"; do
  printf '%s: %s\n' "$sql" "$(ask --user=reader --execute="$sql" | grep -v '^-*$' | grep -vF "$sql" | tr '\t\n' '  ' || true)"
done)
echo "$seen"
expected="SELECT * FROM d.plain: 1 x 
SELECT id, name FROM d.more: 1 x 
SELECT * FROM d.more: ERROR 1142 (42000) at line 1: SELECT command denied to user 'reader'@'localhost' for table \`d\`.\`more\` 
SELECT GROUP_CONCAT(COLUMN_NAME) FROM information_schema.COLUMNS WHERE TABLE_NAME = 'more': id,name "
if [ "$seen" != "$expected" ]; then
  printf 'This has changed. It was:\n%s\n' "$expected" >&2
  exit 1
fi
