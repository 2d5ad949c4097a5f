{{/* The name of all namespaced objects: the name of the release, with the chart's name added unless it is part of it. */}}
{{- define "motherload.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* Cluster-scoped objects include the namespace in their name, so that two releases with the same name do not conflict. */}}
{{- define "motherload.clusterName" -}}
{{- $fullname := include "motherload.fullname" . }}
{{- ternary $fullname (printf "%s:%s" .Release.Namespace $fullname) (eq .Release.Namespace $fullname) }}
{{- end }}

{{- define "motherload.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "motherload.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- required "serviceAccount.name is required if serviceAccount.create is false" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* The labels that select the operator's pods; an upgrade cannot change them. */}}
{{- define "motherload.selectorLabels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end }}

{{/* The labels of all objects, including commonLabels. */}}
{{- define "motherload.labels" -}}
{{- $own := dict
  "app.kubernetes.io/name" (default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-")
  "app.kubernetes.io/instance" .Release.Name
  "app.kubernetes.io/part-of" "motherload"
  "app.kubernetes.io/version" .Chart.AppVersion
  "app.kubernetes.io/managed-by" .Release.Service
  "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-")
}}
{{- merge $own .Values.commonLabels | toYaml }}
{{- end }}

{{/* The metadata of an object. Takes (dict "context" CONTEXT "name" NAME) and, optionally, "namespace", "labels" and "annotations". */}}
{{- define "motherload.metadata" -}}
name: {{ .name }}
{{- with .namespace }}
namespace: {{ . }}
{{- end }}
labels:
  {{- merge (include "motherload.labels" .context | fromYaml) (default dict .labels) | toYaml | nindent 2 }}
{{- with merge (deepCopy (default dict .annotations)) .context.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* An image reference: by digest if it is set, else by tag, else by the chart's appVersion. Takes (list CONTEXT IMAGE). */}}
{{- define "motherload.image" -}}
{{- $context := index . 0 }}
{{- $image := index . 1 }}
{{- with $image.registry }}{{ . }}/{{ end }}
{{- $image.repository }}
{{- if $image.digest }}@{{ $image.digest }}
{{- else }}:{{ default $context.Chart.AppVersion $image.tag }}
{{- end }}
{{- end }}

{{/* The annotation that keeps the CRDs when the release is uninstalled. */}}
{{- define "motherload.keep" -}}
{{- if .Values.crds.keep }}
helm.sh/resource-policy: keep
{{- end }}
{{- end }}

{{/* The labels of the pod of `helm test`. */}}
{{- define "motherload.testLabels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: test
{{- end }}
