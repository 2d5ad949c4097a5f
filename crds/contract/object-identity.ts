/** How an object of a bucket or a server differs from a later one of the same name, as its headers say it. */
export interface ObjectIdentity {
  readonly bytes: number;
  /** With its quotes. Absent where the server has none, for instance for files put beside a gateway. */
  readonly etag?: string;
  /** As the header has it: to the second. */
  readonly lastModified?: string;
  /** Where the bucket keeps versions. */
  readonly versionId?: string;
}
