{{/* Generated from docs/rbac.md by charts/generate.ts. Do not edit. */}}
{{- define "motherload.operatorRules" -}}
# `create` is only used for schedules, `delete` for those of schedules and for spec.ttlSecondsAfterFinished.
- apiGroups: [motherload.dev]
  resources: [dumpingestions]
  verbs: [get, list, watch, create, delete]
- apiGroups: [motherload.dev]
  resources: [scheduleddumpingestions]
  verbs: [get, list, watch]
- apiGroups: [motherload.dev]
  resources: [dumpingestions/status, scheduleddumpingestions/status, tableingestions/status]
  verbs: [patch]
# For owner references with blockOwnerDeletion, if the cluster enforces permissions for them (OwnerReferencesPermissionEnforcement).
- apiGroups: [motherload.dev]
  resources: [dumpingestions/finalizers, scheduleddumpingestions/finalizers]
  verbs: [update]
- apiGroups: [motherload.dev]
  resources: [tableingestions]
  # `delete` is only used for those of an earlier run that spec.trigger has replaced.
  verbs: [get, list, watch, create, delete]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [list, watch, create, delete]
- apiGroups: ['']
  resources: [pods]
  verbs: [list, watch]
# The catalogue, and the progress of loads.
- apiGroups: ['']
  resources: [pods/log]
  verbs: [get]
# To record events, and to find out why a pod cannot start (a quota, a volume that cannot be mounted).
- apiGroups: ['']
  resources: [events]
  verbs: [get, list, create, patch]
{{- end }}
{{- define "motherload.leaderElectionRules" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [get, create, update]
{{- end }}
{{- define "motherload.metricsAuthenticationRules" -}}
- apiGroups: [authentication.k8s.io]
  resources: [tokenreviews]
  verbs: [create]
- apiGroups: [authorization.k8s.io]
  resources: [subjectaccessreviews]
  verbs: [create]
{{- end }}
