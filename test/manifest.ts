/** The least that a DumpIngestion says, and lines of spec more, which may not repeat source; a target takes the place of the usual one. */
export function manifestText(moreSpec = ''): string {
  return `
apiVersion: motherload.dev/v1alpha1
kind: DumpIngestion
metadata: { name: nightly }
spec:
  source: { volume: { persistentVolumeClaim: { claimName: dumps } } }
${/^target:/m.test(moreSpec) ? '' : '  target: { databaseSecretRef: { name: database } }\n'}${moreSpec.replaceAll(/^(?=.)/gm, '  ')}`;
}
