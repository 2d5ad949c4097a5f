export type Fields = Record<string, unknown>;

export const dumpIngestion = (spec: Fields = {}): Fields => ({
  apiVersion: 'motherload.dev/v1alpha1',
  kind: 'DumpIngestion',
  metadata: { name: 'nightly', namespace: 'default' },
  spec: { source: source(), target: target(), ...spec },
});
export const source = (fields: Fields = {}) => ({
  volume: { persistentVolumeClaim: { claimName: 'dumps' } },
  ...fields,
});
export const target = (fields: Fields = {}) => ({ databaseSecretRef: { name: 'database' }, ...fields });
export const template = (jobTemplate: Fields) => ({ jobTemplate });
export const dialect = (name: string) => ({
  name,
  typesFrom: { configMapKeyRef: { name: 'types', key: `${name}.yaml` } },
});
export const tableIngestion = (spec: Fields = {}): Fields => ({
  apiVersion: 'motherload.dev/v1alpha1',
  kind: 'TableIngestion',
  metadata: { name: 'nightly-v1-users', namespace: 'default' },
  spec: {
    ingestionName: 'nightly',
    dump: { file: 'crm_v1.zip', version: 'v1' },
    table: 'users',
    decision: 'Load',
    reason: 'Listed',
    message: 'it is loaded',
    ...spec,
  },
});

export const scheduled = (spec: Fields = {}, ingestion: Fields = {}, metadata: Fields = {}): Fields => ({
  apiVersion: 'motherload.dev/v1alpha1',
  kind: 'ScheduledDumpIngestion',
  metadata: { name: 'nightly', namespace: 'default' },
  spec: {
    schedule: '0 2 * * *',
    ingestionTemplate: { metadata, spec: { source: source(), target: target(), ...ingestion } },
    ...spec,
  },
});
/** A message of a rule as it is about a template. */
export const inTemplate = (message: string) => message.replaceAll(/\bspec\.(?=[a-z])/g, 'spec.ingestionTemplate.spec.');
