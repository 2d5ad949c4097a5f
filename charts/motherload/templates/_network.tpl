{{/* Egress rules for the cluster's DNS and for the ports and addresses of the destination. Takes (list CONTEXT DESTINATION). */}}
{{- define "motherload.egress" -}}
{{- $dns := (index . 0).Values.networkPolicy.dns -}}
- ports:
    {{- range $dns.ports }}
    - port: {{ . }}
      protocol: UDP
    - port: {{ . }}
      protocol: TCP
    {{- end }}
  {{- with $dns.to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{ include "motherload.egressTo" (index . 1) }}
{{- end }}

{{/* The egress rule for the ports and addresses of a destination. */}}
{{- define "motherload.egressTo" -}}
- ports:
    {{- range .ports }}
    - port: {{ . }}
      protocol: TCP
    {{- end }}
  {{- with .cidrs }}
  to:
    {{- range . }}
    - ipBlock:
        cidr: {{ . }}
    {{- end }}
  {{- end }}
{{- end }}
