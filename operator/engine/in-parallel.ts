/** So many at once keep an apiserver busy and leave room for others: it gives a client some tens of places (API Priority and Fairness). */
const PLACES = 16;

/**
 * Does the same with each item, some at once, begun in their order. After a failure nothing more is begun; it is thrown when what was under way
 * has come to its end.
 */
export async function inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  const waiting = items.values();
  const worker = async (): Promise<void> => {
    for (const item of waiting) {
      if (failures.length > 0) return;
      try {
        await work(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(PLACES, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
}
