/**
 * What can go wrong, sorted by who can mend it. The class decides the exit code, the exit code decides whether the Job is tried again
 * (a Job's `podFailurePolicy` in a cluster, the same rule in the local executor).
 *
 * Exit codes are those of BSD's sysexits.h.
 */
export const EXIT_CODES = { Success: 0, Data: 65, Bug: 70, Transient: 75, Manifest: 78 } as const;

export type FailureKind = 'Data' | 'Manifest' | 'Transient';

/** Where in the input an error lies. */
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

/** An error as plain data: what a result, a status and an event carry. */
export interface Failure extends Location {
  readonly kind: FailureKind;
  /** A stable CamelCase name, for programs. */
  readonly code: string;
  /** What happened and what to do next. Never holds a secret. */
  readonly message: string;
}

export abstract class MotherloadError extends Error {
  abstract readonly kind: FailureKind;
  readonly code: string;
  readonly location: Location;

  constructor(code: string, message: string, location: Location = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.location = location;
  }

  /** The same error with what is known further out of its location, such as the table. */
  at(location: Location): this {
    const Class = this.constructor as new (
      code: string,
      message: string,
      location: Location,
      options?: ErrorOptions,
    ) => this;
    return new Class(this.code, this.message, { ...location, ...this.location }, { cause: this.cause });
  }

  toFailure(): Failure {
    return { kind: this.kind, code: this.code, message: this.message, ...this.location };
  }
}

/** The data is wrong: a retry would fail the same way until somebody mends the dump. */
export class DataError extends MotherloadError {
  readonly kind = 'Data';
}

/** The manifest, or what it points at (schema, rights, mother tables), is wrong. */
export class ManifestError extends MotherloadError {
  readonly kind = 'Manifest';
}

/** It may pass by itself: wait and retry. */
export class TransientError extends MotherloadError {
  readonly kind = 'Transient';
}

/** Any thrown value as a Failure; what is no MotherloadError is a bug of ours, retried like a transient error. */
export function toFailure(error: unknown): Failure {
  if (error instanceof MotherloadError) return error.toFailure();
  const message = error instanceof Error ? error.message : String(error);
  return { kind: 'Transient', code: 'Unexpected', message: `unexpected error, please report it: ${message}` };
}

export function exitCodeOf(error: unknown): number {
  return error instanceof MotherloadError ? EXIT_CODES[error.kind] : EXIT_CODES.Bug;
}

const RECORD_LENGTH = 200;

/** A record shortened for messages: control characters made visible, and at most 200 characters of that. */
export function shorten(text: string, length = RECORD_LENGTH): string {
  // What is cut off below needs no look at; making characters visible makes a text longer, never shorter.
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
