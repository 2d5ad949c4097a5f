import { shorten } from '../../crds/contract/errors.ts';

/** As many as a TableIngestion's spec has, of at most 1024 characters. */
const MAX_WARNINGS = 10;
const WARNING_LENGTH = 1000;

export function entryWarnings(warnings: readonly string[]): string[] {
  return warnings.slice(0, MAX_WARNINGS).map((warning) => shorten(warning, WARNING_LENGTH));
}
