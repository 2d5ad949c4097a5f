-- The columns of each dump by its schema file, [[name, type], ...], for comparing versions; NULL for loads before this migration.
-- loaded_as: the types of columns when the table was loaded, where a mother was widened since. {schema} is the ledger's schema, quoted.
ALTER TABLE {schema}.loads
    ADD COLUMN columns jsonb,
    ADD COLUMN loaded_as jsonb NOT NULL DEFAULT '{}';
