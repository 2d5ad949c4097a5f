#!/usr/bin/env bash
# SELECT ... INTO OUTFILE ... CHARACTER SET utf8mb4 of a table with a BLOB, and of a table with a BIT column
#
# One would guess: CHARACTER SET converts the texts, and a BLOB, which has no character set, is written as it is, as it is without the clause.
# True: each byte of the BLOB that is not UTF-8 becomes a question mark. The statement succeeds, with the warning 1366 that mariadb-dump, which
# writes the clause for --tab --default-character-set=utf8mb4, shows to nobody. The escapes are right, so the file reads well and is wrong.
# BIT columns are written as raw bytes that are never escaped: a delimiter or a line feed among them makes other fields of the record, and
# the two bytes of 23630 are \N, which is NULL.
#
# MariaDB 10.11.19 (Debian 12, package mariadb-server-core); sql/sql_class.cc, select_export::send_data.
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
CREATE TABLE photos (a int, b blob) ENGINE=MyISAM;
CREATE TABLE flags (a int, b bit(16)) ENGINE=MyISAM;
INSERT INTO photos VALUES (1, unhex('ff41fe0ac3a9'));
INSERT INTO flags VALUES (1, 23630), (2, NULL), (3, 0x090a);
SELECT * FROM photos INTO OUTFILE '$folder/out/plain';
SELECT * FROM photos INTO OUTFILE '$folder/out/utf8mb4' CHARACTER SET utf8mb4;
SELECT * FROM flags INTO OUTFILE '$folder/out/bits';
SQL

seen=$(for file in plain utf8mb4 bits; do printf '%s: %s\n' "$file" "$(od -An -tx1 "out/$file" | tr -d ' \n')"; done)
echo "$seen"
expected='plain: 3109ff41fe5c0ac3a90a
utf8mb4: 31093f413f5c0ac3a90a
bits: 31095c4e0a32095c4e0a3309090a0a'
if [ "$seen" != "$expected" ]; then
  printf 'This has changed. It was:\n%s\n' "$expected" >&2
  exit 1
fi
