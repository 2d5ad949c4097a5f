-- Records that could not be loaded, in the transaction of the load that left them out. {schema} is the ledger's schema, quoted.
ALTER TABLE {schema}.loads
    ADD COLUMN rejects bigint NOT NULL DEFAULT 0,
    -- Of a load with rejects, so that they can be written as a DAT file: its header, if it has one, and what ends a record.
    ADD COLUMN dat_header bytea,
    ADD COLUMN record_end text;

CREATE TABLE {schema}.rejects (
    load_id     uuid NOT NULL,
    -- Among the records of the DAT file, from 1.
    record      bigint NOT NULL,
    -- In the DAT file, the header included, from 1.
    line        bigint NOT NULL,
    -- From the beginning of the DAT file, from 0; NULL where it is UTF-16 or packed.
    byte_offset bigint,
    column_name text,
    -- Shortened, control characters made visible.
    value       text,
    sqlstate    text,
    code        text NOT NULL,
    reason      text NOT NULL,
    -- The bytes of the record without its end; as UTF-8 where the file is UTF-16.
    raw         bytea NOT NULL,
    PRIMARY KEY (load_id, record)
);
