/**
 * How long a property is tried. In `make test` with a fixed seed, so that everyone has the same inputs. `make fuzz` sets MOTHERLOAD_FUZZ to a
 * factor: so many times as many inputs, by a seed of their own, which fast-check prints for a failure.
 */
export function fuzz(seed: number, numRuns: number): { readonly seed: number; readonly numRuns: number } {
  const factor = Number(process.env['MOTHERLOAD_FUZZ'] ?? '0');
  return factor > 0 ? { seed: Date.now() % 2 ** 31, numRuns: Math.round(numRuns * factor) } : { seed, numRuns };
}
