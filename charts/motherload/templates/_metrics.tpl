{{/* The Secret with the certificate of /metrics; empty: it is served by http. */}}
{{- define "motherload.metricsSecret" -}}
{{- $generated := ternary (printf "%s-metrics" (include "motherload.fullname" .)) "" (not (empty .Values.metrics.tls.issuerRef)) }}
{{- $secret := default $generated .Values.metrics.tls.secretName }}
{{- if and .Values.metrics.authentication.enabled (not $secret) }}
{{- fail "metrics.authentication.enabled requires a certificate, since a token must not be sent by http: set metrics.tls.secretName or metrics.tls.issuerRef" }}
{{- end }}
{{- if and $secret (has (int .Values.metrics.port) (list (int .Values.port) (int .Values.service.port))) }}
{{- fail "metrics.port must differ from port and service.port: probes are by http, /metrics is by https" }}
{{- end }}
{{- $secret }}
{{- end }}

{{/* The host name of the Service, which the certificate must have. */}}
{{- define "motherload.serviceHost" -}}
{{ include "motherload.fullname" . }}.{{ .Release.Namespace }}.svc
{{- end }}
