{{/* Generated from docs/rbac.md by charts/generate.ts. Do not edit. */}}
{{- define "motherload.operatorRules" -}}
# Deletes those whose spec.ttlSecondsAfterFinished is over; without that field, none.
- apiGroups: [motherload.dev]
  resources: [dumpingestions]
  verbs: [get, list, watch, delete]
- apiGroups: [motherload.dev]
  resources: [dumpingestions/status, tableingestions/status]
  verbs: [patch]
# Needed to name a DumpIngestion as an owner that waits for its Jobs, where the cluster checks that (OwnerReferencesPermissionEnforcement).
- apiGroups: [motherload.dev]
  resources: [dumpingestions/finalizers]
  verbs: [update]
# Server-side apply creates by `patch`.
- apiGroups: [motherload.dev]
  resources: [tableingestions]
  verbs: [get, list, watch, create, patch]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [list, watch, create, delete]
- apiGroups: ['']
  resources: [pods]
  verbs: [list, watch]
# The catalogue, and how far a load is.
- apiGroups: ['']
  resources: [pods/log]
  verbs: [get]
# To tell the story, and to learn why a pod cannot start (a quota, a volume that cannot be mounted).
- apiGroups: ['']
  resources: [events]
  verbs: [get, list, create, patch]
{{- end }}
{{- define "motherload.leaderElectionRules" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [get, create, update]
{{- end }}
