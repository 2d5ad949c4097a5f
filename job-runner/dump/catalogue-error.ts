import { DataError, type Location } from '../../crds/contract/errors.ts';
import type { CatalogueReason } from './reasons.ts';

/** A DataError whose code is one of the catalogue's reasons. */
export class CatalogueError extends DataError {
  constructor(code: CatalogueReason, message: string, location: Location = {}, options?: ErrorOptions) {
    super(code, message, location, options);
    this.name = 'DataError';
  }
}
