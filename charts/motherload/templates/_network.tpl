{{/* Egress rules for DNS and for the ports and addresses of the destination. Takes (list CONTEXT DESTINATION). */}}
{{- define "motherload.egress" -}}
{{- $destination := index . 1 -}}
- ports:
    - port: 53
      protocol: UDP
    - port: 53
      protocol: TCP
- ports:
    {{- range $destination.ports }}
    - port: {{ . }}
      protocol: TCP
    {{- end }}
  {{- with $destination.cidrs }}
  to:
    {{- range . }}
    - ipBlock:
        cidr: {{ . }}
    {{- end }}
  {{- end }}
{{- end }}
