import assert from 'node:assert/strict';
import { MotherloadError } from '../../../crds/contract/errors.ts';
import { connect } from '../../../job-runner/database/connection.ts';

export const PASSWORD = 'sEcr3t/pass@word';

/** The error of a connection that is refused; it never has the password. */
export async function refusal(uri: string): Promise<MotherloadError> {
  const error: unknown = await connect(uri).then(
    async (db) => {
      await db.end();
      return new Error(`connected to ${uri}`);
    },
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof MotherloadError, String(error));
  for (const text of [
    error.message,
    error.stack ?? '',
    JSON.stringify(error),
    JSON.stringify(error.toFailure()),
    String(error.cause),
  ]) {
    for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), 'sEcr3t']) assert.ok(!text.includes(secret), text);
  }
  return error;
}
