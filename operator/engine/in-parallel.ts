import { mapInParallel } from '../../crds/contract/in-parallel.ts';

/** Keeps an apiserver busy and leaves room for other clients: API Priority and Fairness gives each a few dozen seats. */
const MAX_PARALLEL = 16;

/** Does the work for each item, as many at the same time as an apiserver should have from one client. */
export async function inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  await mapInParallel(items, MAX_PARALLEL, work);
}
