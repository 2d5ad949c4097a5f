-- The dumps of runs whose manifest has spec.archive, and what became of them. {schema} is the ledger's schema, quoted.
CREATE TABLE {schema}.dumps (
    id                  bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ingestion_namespace text        NOT NULL,
    ingestion_name      text        NOT NULL,
    ingestion_run       text        NOT NULL,
    dump_file           text        NOT NULL,
    dump_app            text,
    dump_version        text        NOT NULL,
    -- How the file differs from a later one of its name.
    stamp               jsonb       NOT NULL,
    target_schema       text        NOT NULL,
    -- What the run loads of it: [[version table, CRC-32, bytes, whether the catalogue found it loaded already], ...].
    tables              jsonb       NOT NULL,
    -- The version tables that a load of the run found loaded already.
    found_loaded        jsonb       NOT NULL DEFAULT '[]',
    -- How many of its tables cannot be loaded, and how many the manifest leaves out.
    failed              integer     NOT NULL,
    left_out            integer     NOT NULL,
    catalogued_at       timestamptz NOT NULL DEFAULT now(),
    -- A dump is started before anything is done with it, and archived afterwards. A run replaces those that an earlier run has not started.
    action              text,
    archived_as         text,
    started_at          timestamptz,
    archived_at         timestamptz
);

CREATE UNIQUE INDEX ON {schema}.dumps (ingestion_namespace, ingestion_name, dump_file) WHERE archived_at IS NULL;
CREATE INDEX ON {schema}.dumps (dump_file, archived_at);
