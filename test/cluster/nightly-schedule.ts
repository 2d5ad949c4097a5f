import { scheduledRunName } from '../../crds/contract/names.ts';

export const DAY = 86_400_000;
/** Half a day from now, so that no night comes by itself while the tests run, at whatever hour they do. */
const HOUR = (new Date().getUTCHours() + 12) % 24;
const BEGAN = Date.now();
/** That hour UTC of the first night to come, and of those after it. */
export const night = (index: number) => {
  const today = Math.floor(BEGAN / DAY) * DAY + (HOUR * DAY) / 24;
  return today + (today > BEGAN ? index : index + 1) * DAY;
};
export const nameAt = (index: number) => scheduledRunName('nightly', night(index));

export const TEMPLATE = {
  metadata: { labels: { team: 'data' }, annotations: { 'example.com/owner': 'nobody' } },
  spec: {
    source: { volume: { persistentVolumeClaim: { claimName: 'dumps' } } },
    target: { databaseSecretRef: { name: 'database' } },
    loading: { onExisting: 'Skip' },
  },
};
export const schedule = (spec: object = {}) => ({
  apiVersion: 'motherload.dev/v1alpha1',
  kind: 'ScheduledDumpIngestion',
  metadata: { name: 'nightly' },
  spec: { schedule: `0 ${HOUR} * * *`, ingestionTemplate: TEMPLATE, ...spec },
});
