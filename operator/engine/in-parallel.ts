/** Keeps an apiserver busy and leaves room for other clients: API Priority and Fairness gives each a few dozen seats. */
const MAX_PARALLEL = 16;

/**
 * Does the work for each item, several at once, started in their order. After a failure nothing more is started; the failure is thrown once
 * everything already started has ended.
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
  await Promise.all(Array.from({ length: Math.min(MAX_PARALLEL, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
}
