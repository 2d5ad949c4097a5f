-- What proves a load later, and the loads before it. {schema} is the ledger's schema, quoted.
ALTER TABLE {schema}.loads
    -- Of the DAT file: rows + rejects. NULL, as the others, in rows of earlier versions of Motherload.
    ADD COLUMN records bigint,
    -- Of the packed bytes of the entry, or of a table in chunks of all its entries.
    ADD COLUMN sha256 text,
    -- The sum of a hash of each row.
    ADD COLUMN checksum numeric,
    -- How it is computed: the version, and the columns, each with what is hashed of it.
    ADD COLUMN checksum_of jsonb;

-- One row for each load that was replaced or dropped, or that failed; the newest ones of each version table.
CREATE TABLE {schema}.history (
    id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    target_schema       text NOT NULL,
    version_table       text NOT NULL,
    -- Replaced, Dropped or Failed.
    outcome             text NOT NULL,
    ended_at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Of a load that failed, with the message, which has no values of a dump where spec.privacy.records hides them.
    code                text,
    message             text,
    mother              text,
    dump_file           text NOT NULL,
    entry               text NOT NULL,
    dump_version        text NOT NULL,
    entry_crc32         text NOT NULL,
    entry_bytes         bigint NOT NULL,
    ingestion_namespace text NOT NULL,
    ingestion_name      text NOT NULL,
    ingestion_run       text NOT NULL,
    -- From here on NULL for a load that failed.
    load_id             uuid,
    plan_digest         text,
    rows                bigint,
    rejects             bigint,
    records             bigint,
    sha256              text,
    checksum            numeric,
    checksum_of         jsonb,
    streams             integer,
    seconds             jsonb,
    loaded_at           timestamptz
);
CREATE INDEX ON {schema}.history (target_schema, version_table, id);
