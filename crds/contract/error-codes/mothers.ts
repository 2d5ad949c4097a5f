import type { ErrorEntry } from './error-entry.ts';

export const MOTHER_ERRORS = {
  MotherMissing: {
    kind: 'Manifest',
    text: 'The mother table is missing, and the manifest requires one (`spec.motherTables.policy: Require`, or `withoutMother: Fail`). Create it, or change the policy.',
  },
  MotherGone: {
    kind: 'Manifest',
    text: 'The mother table was dropped during the run. Run the ingestion again.',
  },
  MotherChanged: {
    kind: 'Transient',
    text: "The mother table's columns or constraints changed while a version was loaded. The load is retried.",
  },
  MotherInUse: {
    kind: 'Transient',
    text: 'A version needs a change of its mother table, and for five minutes somebody read or loaded the mother table or one of its versions. The run is retried.',
  },
  MotherDefinition: {
    kind: 'Manifest',
    text: 'A definition in `spec.motherTables.definitions` is not valid, or a mother table needs a type that the database does not have.',
  },
  MotherDiffers: {
    kind: 'Manifest',
    text: 'The mother table in the database differs from its definition. Change one of them, or use the policy `Recreate`.',
  },
  MotherIsNotATable: {
    kind: 'Manifest',
    text: 'The name of the mother table is taken by a view, a sequence or another kind of relation. Rename or drop that.',
  },
  MotherHasRows: {
    kind: 'Manifest',
    text: '`Recreate` would drop rows in the mother table itself, which no dump restores. Move or delete them first.',
  },
  ForeignChildren: {
    kind: 'Manifest',
    text: '`Recreate` or `Purge` would drop a child table that Motherload did not load. Detach or drop it yourself.',
  },
  NotOwner: {
    kind: 'Manifest',
    text: '`Recreate` or `Purge` would drop a table that belongs to another role. Change its owner, or connect as that role.',
  },
  TableInUse: {
    kind: 'Manifest',
    text: 'Another object, for instance a view, depends on a table to drop. Drop that object first.',
  },
  ContractNewColumn: {
    kind: 'Manifest',
    text: 'A version has a column that no version before has, and `spec.motherTables.contract.newColumns` is `Fail`. Set `Evolve` or `Freeze`, or leave the column out of the dump.',
  },
  ContractMissingColumn: {
    kind: 'Manifest',
    text: 'A version lacks a column that another version has, and `spec.motherTables.contract.missingColumns` is `Fail`. Set `Evolve` or `Freeze`, or export the column.',
  },
  ContractChangedType: {
    kind: 'Manifest',
    text: 'A version has a column in a type that the mother table may not hold, and the mother table cannot be widened without changing values, or `spec.motherTables.contract.changedTypes` is `Fail`. Set `Freeze` if the values fit all the same, or load all versions again with the policy `Recreate`.',
  },
  MotherCannotChange: {
    kind: 'Manifest',
    text: 'A version needs a change of its mother table that another object (a view, a function, a policy, a table that uses its row type, …) or PostgreSQL prevents. Drop that object and create it again after the run, or set `Freeze` in `spec.motherTables.contract`.',
  },
  RewriteTooLarge: {
    kind: 'Manifest',
    text: 'A wider type rewrites the mother table and all its versions, and together they are larger than `spec.motherTables.allowRewrite`. Raise it for a time when nobody reads them, or set `changedTypes: Freeze`.',
  },
  NotOurs: {
    kind: 'Manifest',
    text: "The version table's name is taken by a table that Motherload did not load. Rename or drop it.",
  },
  VersionTableRenamed: {
    kind: 'Manifest',
    text: 'Somebody renamed or moved a version table, which still is below its mother table: loaded once more, its rows would be there twice. Rename it back, drop it, or take it from its mother table.',
  },
  OtherContentLoaded: {
    kind: 'Manifest',
    text: 'The version table has other content, another mother table, or no rows or a column less since its load, and `spec.loading.onExisting` is `Fail`. Use `Replace` or `Skip`; after `motherload replay` use the manifest of the replay.',
  },
  AmbiguousColumn: {
    kind: 'Manifest',
    text: 'The mother table has two columns whose names differ in case only. Rename one.',
  },
  GeneratedColumn: {
    kind: 'Manifest',
    text: 'The dump has values for a generated column of the mother table. Make it a plain column, or rename it.',
  },
  UnknownIndex: {
    kind: 'Manifest',
    text: 'An index of the mother table cannot be created on a version table. Set `spec.motherTables.indexes: None`.',
  },
  NoVersionTable: {
    kind: 'Data',
    text: 'The catalogue gave the table no version table: operator and runner have different versions. Run the ingestion again.',
  },
} as const satisfies Record<string, ErrorEntry>;
