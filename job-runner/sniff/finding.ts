import type { FormatSpec } from '../../crds/contract/format.ts';

/** A field of `spec.format`, what it must be for this table, and why. */
export interface Finding {
  readonly field: keyof FormatSpec;
  readonly value: string | boolean;
  readonly evidence: string;
  /** Another table, or the dialect, may show that it is wrong. */
  readonly isGuess?: boolean;
}
