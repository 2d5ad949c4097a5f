/** PURE: how the files of a release came to be, as an in-toto statement with SLSA's predicate. https://slsa.dev/spec/v1.1/provenance */

export interface ProvenanceOptions {
  readonly commit: string;
  readonly version: string;
  readonly platforms: readonly string[];
  /** The images that were built on: `NAME:TAG@sha256:…`, or names of this machine's own. */
  readonly bases: readonly string[];
  /** What was made, with its SHA-256 in hexadecimal digits. */
  readonly subjects: readonly { readonly name: string; readonly sha256: string }[];
  /** A URI that names who builds: whoever holds the signing key vouches for it. */
  readonly builder: string;
  readonly startedOn: Date;
  readonly finishedOn: Date;
}

export function provenance(options: ProvenanceOptions): object {
  const { commit, version, platforms, bases, subjects, builder, startedOn, finishedOn } = options;
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: subjects.map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'https://motherload.dev/release/v1',
        externalParameters: { version, commit, platforms: platforms.map((platform) => `linux/${platform}`) },
        resolvedDependencies: [{ name: 'sources', digest: { gitCommit: commit } }, ...bases.map(baseImage)],
      },
      runDetails: {
        builder: { id: builder },
        metadata: { startedOn: startedOn.toISOString(), finishedOn: finishedOn.toISOString() },
      },
    },
  };
}

function baseImage(image: string): object {
  const [name = image, sha256] = image.split('@sha256:');
  return sha256 === undefined ? { uri: `oci:${name}` } : { uri: `oci:${name}`, digest: { sha256 } };
}
