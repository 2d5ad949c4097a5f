#!/usr/bin/env bash
# SELECT ... INTO OUTFILE with a field terminator that begins with one of the characters . 0-9 e + -
#
# One would guess, and the manual says (LOAD DATA, "FIELDS ESCAPED BY"): the first character of FIELDS TERMINATED BY is escaped wherever it stands
# in a value, so that the file can be read back.
# True: that holds only while all columns are strings. With one numeric column in the SELECT a terminator that begins with a character of numbers,
# such as +| (usual for exports of SQL Server), is not escaped in any column, not even in strings. The record then has one field more
# than the table. A terminator that begins with another character is escaped in both cases.
#
# MariaDB 10.11.19 (Debian 12, package mariadb-server-core); sql/sql_class.cc, class select_export, NUMERIC_CHARS.
set -euo pipefail

version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq "mariadb-server-core=$version" 2> /dev/null
dpkg-deb -x mariadb-server-core_*.deb server
mkdir data out
chmod 777 out

# --bootstrap runs the statements of standard input without listening anywhere.
server/usr/sbin/mariadbd --no-defaults --bootstrap --user="$(id -un)" --datadir="$folder/data" --secure-file-priv= \
  --lc-messages-dir="$folder/server/usr/share/mysql" 2> log << SQL
CREATE DATABASE d;
USE d;
CREATE TABLE strings (a varchar(20), b varchar(20)) ENGINE=MyISAM;
CREATE TABLE numbers (a int, b varchar(20)) ENGINE=MyISAM;
INSERT INTO strings VALUES ('1', 'x+|y#|z');
INSERT INTO numbers VALUES (1, 'x+|y#|z');
SELECT * FROM strings INTO OUTFILE '$folder/out/strings-plus' FIELDS TERMINATED BY '+|';
SELECT * FROM numbers INTO OUTFILE '$folder/out/numbers-plus' FIELDS TERMINATED BY '+|';
SELECT * FROM strings INTO OUTFILE '$folder/out/strings-hash' FIELDS TERMINATED BY '#|';
SELECT * FROM numbers INTO OUTFILE '$folder/out/numbers-hash' FIELDS TERMINATED BY '#|';
SQL

seen=$(for file in strings-plus numbers-plus strings-hash numbers-hash; do printf '%s: %s\n' "$file" "$(cat "out/$file")"; done)
echo "$seen"
expected='strings-plus: 1+|x\+|y#|z
numbers-plus: 1+|x+|y#|z
strings-hash: 1#|x+|y\#|z
numbers-hash: 1#|x+|y\#|z'
if [ "$seen" != "$expected" ]; then
  printf 'This has changed. It was:\n%s\n' "$expected" >&2
  exit 1
fi
