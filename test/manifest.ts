/** The least that a DumpIngestion says, and lines of spec more, which may not repeat source and target. */
export function manifestText(moreSpec = ''): string {
  return `
apiVersion: motherload.dev/v1alpha1
kind: DumpIngestion
metadata: { name: nightly }
spec:
  source: { volume: { persistentVolumeClaim: { claimName: dumps } } }
  target: { databaseSecretRef: { name: database } }
${moreSpec.replaceAll(/^(?=.)/gm, '  ')}`;
}
