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

{{/* The metadata of an object. Takes (dict "context" CONTEXT "name" NAME) and, at wish, "namespace", "labels" and "annotations". */}}
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

{{/* Of the pod of `helm test`. */}}
{{- define "motherload.testLabels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: test
{{- end }}
