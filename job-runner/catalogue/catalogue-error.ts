import { DataError, type Place } from '../../crds/contract/errors.ts';
import type { CatalogueReason } from './reasons.ts';

/** A DataError whose code is one of the catalogue's reasons. */
export class CatalogueError extends DataError {
  constructor(code: CatalogueReason, message: string, place: Place = {}, options?: ErrorOptions) {
    super(code, message, place, options);
    this.name = 'DataError';
  }
}
