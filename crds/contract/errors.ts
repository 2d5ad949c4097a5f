import type { FailureKind } from './error-codes/error-entry.ts';
import type { ErrorCode } from './error-codes.ts';

export type { FailureKind } from './error-codes/error-entry.ts';

/**
 * The kind of an error decides the exit code, and the exit code decides whether the Job is retried (a Job's `podFailurePolicy` in a cluster,
 * the same rule in the local executor). The numbers are those of BSD's sysexits.h.
 */
export const EXIT_CODES = { Success: 0, Data: 65, Bug: 70, Transient: 75, Manifest: 78 } as const;

/** Where in the input an error is. */
export interface Location {
  /** The dump, or `dump.zip:entry.dat`. */
  readonly file?: string;
  readonly table?: string;
  /** The line in the DAT file, from 1, the header included. */
  readonly line?: number;
  readonly column?: string;
  /** The offending line, shortened (see `shorten`). */
  readonly record?: string;
}

/** An error as plain data, in results, statuses and events. It may come from another version, so its code need not be in our list. */
export interface Failure extends Location {
  readonly kind: FailureKind;
  /** A stable CamelCase name, for programs. */
  readonly code: string;
  /** What happened and what to do next. Never contains a secret. */
  readonly message: string;
}

/** Whether values of a dump may be in statuses, events and logs. */
export type RecordPrivacy = 'Shown' | 'Hidden';

export interface MotherloadErrorOptions extends ErrorOptions {
  /** The message without values of a dump, where it may have some. */
  readonly withoutValues?: string | undefined;
}

export abstract class MotherloadError extends Error {
  abstract readonly kind: FailureKind;
  readonly code: ErrorCode;
  readonly location: Location;
  readonly withoutValues: string | undefined;

  constructor(code: ErrorCode, message: string, location: Location = {}, options?: MotherloadErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.location = location;
    this.withoutValues = options?.withoutValues;
  }

  /** The same error with a more complete location, for instance with the table. */
  at(location: Location): this {
    const Class = this.constructor as new (...parameters: ErrorParameters<FailureKind>) => this;
    return new Class(
      this.code,
      this.message,
      { ...location, ...this.location },
      {
        cause: this.cause,
        withoutValues: this.withoutValues,
      },
    );
  }

  toFailure(records: RecordPrivacy = 'Shown'): Failure {
    const { kind, code, message, withoutValues = message } = this;
    if (records === 'Shown') return { kind, code, message, ...this.location };
    const location: Location = Object.fromEntries(Object.entries(this.location).filter(([name]) => name !== 'record'));
    return { kind, code, message: withoutValues, ...location };
  }
}

type ErrorParameters<Kind extends FailureKind> = [
  code: ErrorCode<Kind>,
  message: string,
  location?: Location,
  options?: MotherloadErrorOptions,
];

/* eslint-disable @typescript-eslint/no-useless-constructor -- these constructors take only the codes of their kind */
/** The data is wrong: a retry fails the same way until somebody fixes the dump. */
export class DataError extends MotherloadError {
  readonly kind = 'Data';

  constructor(...parameters: ErrorParameters<'Data'>) {
    super(...parameters);
  }
}

/** The manifest is wrong, or what it refers to (schema, privileges, mother tables). */
export class ManifestError extends MotherloadError {
  readonly kind = 'Manifest';

  constructor(...parameters: ErrorParameters<'Manifest'>) {
    super(...parameters);
  }
}

/** It may pass with time: wait and retry. */
export class TransientError extends MotherloadError {
  readonly kind = 'Transient';

  constructor(...parameters: ErrorParameters<'Transient'>) {
    super(...parameters);
  }
}

/* eslint-enable @typescript-eslint/no-useless-constructor */

/** Any thrown value as a Failure. What is not a MotherloadError is a bug of ours, retried like a transient error. */
export function toFailure(error: unknown, records: RecordPrivacy = 'Shown'): Failure {
  if (error instanceof MotherloadError) return error.toFailure(records);
  const message = error instanceof Error ? error.message : String(error);
  return new TransientError('Unexpected', `unexpected error, please report it: ${message}`).toFailure();
}

export function exitCodeOf(error: unknown): number {
  return error instanceof MotherloadError ? EXIT_CODES[error.kind] : EXIT_CODES.Bug;
}

const RECORD_LENGTH = 200;

/** A record shortened for messages: control characters made visible, and at most 200 characters of that. */
export function shorten(text: string, length = RECORD_LENGTH): string {
  // Making characters visible never shortens the text, so what is cut off below need not be replaced.
  const start = text.slice(0, length + 1);
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  const visible = start.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => JSON.stringify(character).slice(1, -1));
  return visible.length > length ? `${visible.slice(0, length - 1)}…` : visible;
}

/** A failure in one line, for logs, events and terminals: location first, then what happened. */
export function describeFailure(failure: Failure): string {
  const location = [
    failure.file,
    failure.table === undefined ? undefined : `table ${failure.table}`,
    failure.line === undefined ? undefined : `line ${failure.line}`,
    failure.column === undefined ? undefined : `column ${failure.column}`,
  ].filter((part) => part !== undefined);
  const record = failure.record === undefined ? '' : `: ${failure.record}`;
  return `${location.length > 0 ? `${location.join(', ')}: ` : ''}${failure.message}${record}`;
}
