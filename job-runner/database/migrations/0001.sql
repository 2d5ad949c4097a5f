-- The ledger: one row for each version table, written in the transaction that attached it. {schema} is the ledger's schema, quoted.
CREATE TABLE {schema}.loads (
    target_schema       text NOT NULL,
    version_table       text NOT NULL,
    load_id             uuid NOT NULL UNIQUE,
    mother              text,
    dump_file           text NOT NULL,
    entry               text NOT NULL,
    dump_version        text NOT NULL,
    entry_crc32         text NOT NULL,
    entry_bytes         bigint NOT NULL,
    plan_digest         text NOT NULL,
    rows                bigint NOT NULL,
    streams             integer NOT NULL,
    seconds             jsonb NOT NULL,
    ingestion_namespace text NOT NULL,
    ingestion_name      text NOT NULL,
    ingestion_run       text NOT NULL,
    loaded_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (target_schema, version_table)
);
