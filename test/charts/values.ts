/** Values for the operator's pods: scheduling, resources, labels, environment and volumes. */
export const PLACEMENT = {
  imagePullSecrets: [{ name: 'registry' }],
  resources: { limits: { memory: '1Gi' }, requests: { cpu: '50m', memory: '128Mi' } },
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  tolerations: [{ key: 'dedicated', operator: 'Exists' }],
  affinity: {
    nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: { matchFields: [] } }] },
  },
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: 'kubernetes.io/hostname',
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: { 'app.kubernetes.io/instance': '{{ .Release.Name }}' } },
    },
  ],
  priorityClassName: 'important',
  podLabels: { team: 'data' },
  podAnnotations: { 'example.com/pod': 'yes' },
  extraEnv: [{ name: 'NODE_OPTIONS', value: '--max-old-space-size=256' }],
  extraVolumes: [{ name: 'authority', configMap: { name: 'authority' } }],
  extraVolumeMounts: [{ name: 'authority', mountPath: '/authority', readOnly: true }],
};

/** Values that enable every option. */
export const EVERYTHING = {
  ...PLACEMENT,
  replicas: 2,
  allowHostPath: true,
  metrics: {
    tls: { secretName: 'metrics' },
    authentication: { enabled: true },
    serviceMonitor: { enabled: true, interval: '30s' },
    prometheusRule: { enabled: true },
    dashboard: { enabled: true },
  },
  podDisruptionBudget: { enabled: true },
  networkPolicy: { enabled: true, runners: { enabled: true, namespaces: ['one', 'two'] } },
};
