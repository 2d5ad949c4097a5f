import { source, type Fields } from './custom-resources.ts';

const ON_NODE = { volume: { hostPath: { path: '/srv' } } };
const BUCKET = { s3: { bucket: 'dumps', prefix: 'exports/crm' } };
const archive = (fields: Fields, more: Fields = {}): Fields => ({ archive: fields, ...more });

/** Archives that violate a rule, by the start of the rule's message. */
export const BROKEN_ARCHIVES: [messageStart: string, spec: Fields][] = [
  ['spec.archive.path must be a folder of its own', archive({ action: 'Move' })],
  ['spec.archive.path must be a relative path', archive({ action: 'Move', path: '../old' })],
  ['spec.archive.path must be a relative path', archive({ action: 'Move', path: 'old*' })],
  ['spec.source.path must not be in', archive({ action: 'Copy', path: 'in' }, { source: source({ path: 'in/crm' }) })],
  ['spec.source.s3.prefix must not be in', archive({ action: 'Copy', path: 'exports' }, { source: BUCKET })],
  [
    'spec.archive.volume is for dumps of a volume',
    archive({ action: 'Copy', path: 'old', ...ON_NODE }, { source: BUCKET }),
  ],
  [
    'spec.archive.volume must have exactly one',
    archive({ action: 'Copy', volume: { ...ON_NODE.volume, nfs: { server: 'a', path: '/b' } } }),
  ],
  ['spec.archive.name must contain', archive({ action: 'Move', path: 'old', name: '{date}.zip' })],
  ['spec.archive.name must be a relative path', archive({ action: 'Move', path: 'old', name: '../{file}' })],
  ['spec.archive.evenIfTablesFailed must not be set', archive({ action: 'Delete', evenIfTablesFailed: true })],
  [
    'spec.archive.action must be Keep or Copy if spec.motherTables',
    archive({ action: 'Delete' }, { motherTables: { policy: 'Purge' } }),
  ],
  [
    'spec.archive.action must be Keep or Copy if spec.source.volume is an image',
    archive({ action: 'Delete' }, { source: { volume: { image: { reference: 'dumps' } } } }),
  ],
  [
    'spec.archive needs',
    archive({ action: 'Delete' }, { source: { https: { urls: ['https://dumps.example/crm_v1.zip'] } } }),
  ],
];
