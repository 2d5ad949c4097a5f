/**
 * Why a catalogue entry is loaded, kept or skipped (`spec.reason` of a TableIngestion). The reason of one that cannot be loaded is the code of its
 * error (error-codes.ts).
 */
export const CATALOGUE_REASONS = {
  MotherFound: 'The table is loaded. Its mother table is in the database or is created by this run.',
  AlreadyLoaded:
    'The version table is there, loaded from the same file by the same plan. Nothing is loaded again, and the table gets no Job.',
  OwnTable: 'The table has no mother table and is loaded on its own (spec.motherTables.withoutMother: Load).',
  NoMother: 'The table has no mother table and is skipped (spec.motherTables.withoutMother: Skip).',
  NotATable:
    'It is a view, a sequence, a synonym or an external table of a source database, which has no rows of its own. It is skipped.',
  DuplicateDump: 'The dump is a link to, or a copy of, another dump of the same run, which is loaded. It is skipped.',
} as const satisfies Record<string, string>;

export type CatalogueReason = keyof typeof CATALOGUE_REASONS;
