{{/* The `restricted` pod security standard: https://kubernetes.io/docs/concepts/security/pod-security-standards/ */}}
{{- define "motherload.podSecurityContext" -}}
runAsNonRoot: true
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "motherload.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}
