/** Who can fix an error: whoever makes the dump, whoever writes the manifest or runs the database, or nobody: it may pass with time. */
export type FailureKind = 'Data' | 'Manifest' | 'Transient';

/** One error code of the list. A code has one kind; where two errors need different kinds, they need different codes. */
export interface ErrorEntry {
  readonly kind: FailureKind;
  /** Markdown for docs/troubleshooting.md, one or two short sentences: what the error means, and what to do. */
  readonly text: string;
  /** It is not about one table: the next one would fail the same way. */
  readonly isShared?: boolean;
}
