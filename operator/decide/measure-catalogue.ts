import type { DumpIngestionStatus } from '../../crds/contract/generated.ts';
import type { CatalogueResult } from '../../crds/contract/report.ts';
import type { Observed } from './observed.ts';

type CatalogueMeasures = Pick<DumpIngestionStatus, 'catalogueSeconds' | 'drift'>;

/** What the catalogue's result says of it, kept after its Job is gone. */
export function measureCatalogue({ ingestion, jobs }: Pick<Observed, 'ingestion' | 'jobs'>): CatalogueMeasures {
  const result = jobs.find(({ kind }) => kind === 'Catalogue')?.result;
  if (result?.task !== 'Catalogue' || result.outcome !== 'Succeeded') {
    const { catalogueSeconds, drift } = ingestion.status;
    return {
      ...(catalogueSeconds === undefined ? {} : { catalogueSeconds }),
      ...(drift === undefined ? {} : { drift }),
    };
  }
  const { seconds, drift = [] } = result;
  return {
    catalogueSeconds: Object.values(seconds).reduce((total, each) => total + each, 0),
    ...(drift.length === 0 ? {} : { drift: drift.map(describeDrift) }),
  };
}

/** Without what a runner of another version may add. */
function describeDrift({ mother, versions, added, dropped, retyped }: NonNullable<CatalogueResult['drift']>[number]) {
  return { mother, versions, added, dropped, retyped };
}
