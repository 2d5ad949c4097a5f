{{/* The name of everything in the release: the release's name, with the chart's name in it. */}}
{{- define "motherload.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* ClusterRoles have no namespace, so two releases of one name would meet. */}}
{{- define "motherload.clusterName" -}}
{{- $fullname := include "motherload.fullname" . }}
{{- ternary $fullname (printf "%s:%s" .Release.Namespace $fullname) (eq .Release.Namespace $fullname) }}
{{- end }}

{{- define "motherload.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "motherload.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- required "serviceAccount.name is needed where serviceAccount.create is false" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* By which the operator's pods are found; they can never change in an upgrade. */}}
{{- define "motherload.selectorLabels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end }}

{{/* On every object, with what the installation adds. */}}
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

{{/* The metadata of an object in the release's namespace. Takes (list CONTEXT NAME ANNOTATIONS). */}}
{{- define "motherload.metadata" -}}
{{- $context := index . 0 -}}
name: {{ index . 1 }}
namespace: {{ $context.Release.Namespace }}
{{ include "motherload.labelsAndAnnotations" (list $context (index . 2)) }}
{{- end }}

{{/* The metadata of an object without a namespace. Takes (list CONTEXT NAME ANNOTATIONS). */}}
{{- define "motherload.clusterMetadata" -}}
{{- $context := index . 0 -}}
name: {{ index . 1 }}
{{ include "motherload.labelsAndAnnotations" (list $context (index . 2)) }}
{{- end }}

{{- define "motherload.labelsAndAnnotations" -}}
{{- $context := index . 0 -}}
labels:
  {{- include "motherload.labels" $context | nindent 2 }}
{{- with merge (deepCopy (index . 1)) $context.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* An image by its digest where there is one, else by its tag, else by the version of the chart. Takes (list CONTEXT IMAGE). */}}
{{- define "motherload.image" -}}
{{- $context := index . 0 }}
{{- $image := index . 1 }}
{{- with $image.registry }}{{ . }}/{{ end }}
{{- $image.repository }}
{{- if $image.digest }}@{{ $image.digest }}
{{- else }}:{{ default $context.Chart.AppVersion $image.tag }}
{{- end }}
{{- end }}

{{/* What has an uninstallation leave the CRDs. */}}
{{- define "motherload.keep" -}}
{{- if .Values.crds.keep }}
helm.sh/resource-policy: keep
{{- end }}
{{- end }}
