"""Loads DAT files out of ZIPs with psycopg2, as the Python predecessor did: each entry is streamed into one copy_expert.

usage: psycopg2_loader.py JOBS.json, which holds {"uri", "processes", "tables": [{"dump", "entry", "create", "copy", "after"}], "at_end"};
"after" and "at_end" are lists of statements
"""

import json
import multiprocessing
import sys
import zipfile

import psycopg2

BUFFER_BYTES = 1 << 20  # copy_expert's default of 8 KiB makes it slower.


def load(job):
    uri, table = job
    connection = psycopg2.connect(uri)
    try:
        with connection.cursor() as cursor:
            cursor.execute(table["create"])
            # Committed here: until then every other table of the same mother would have to wait.
            connection.commit()
            with zipfile.ZipFile(table["dump"]) as dump, dump.open(table["entry"]) as entry:
                cursor.copy_expert(table["copy"], entry, BUFFER_BYTES)
            for statement in table["after"]:
                cursor.execute(statement)
        connection.commit()
    finally:
        connection.close()


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        jobs = json.load(file)
    work = [(jobs["uri"], table) for table in jobs["tables"]]
    if len(work) == 1:
        load(work[0])
    else:
        with multiprocessing.Pool(min(jobs["processes"], len(work))) as pool:
            pool.map(load, work, chunksize=1)
    if jobs["at_end"]:
        with psycopg2.connect(jobs["uri"]) as connection, connection.cursor() as cursor:
            for statement in jobs["at_end"]:
                cursor.execute(statement)


if __name__ == "__main__":
    main()
