import { manifestText } from '../../manifest.ts';

/** A manifest with every field of the Job template, in a way that keeps every rule. */
export const FULL_TEMPLATE = manifestText(`queueName: loads
ttlSecondsAfterFinished: 0
jobTemplate:
  labels: { example.com/team: data, kueue.x-k8s.io/priority-class: low, plain: '' }
  annotations: { sidecar.istio.io/inject: 'false' }
  resources: { requests: { cpu: 1, memory: 192Mi, ephemeral-storage: 1e9 }, limits: { memory: 1Gi, cpu: '1.5' } }
  nodeSelector: { kubernetes.io/arch: amd64 }
  tolerations:
    - { key: dedicated, operator: Equal, value: loads, effect: NoExecute, tolerationSeconds: 60 }
    - { operator: Exists }
    - { key: spot, operator: Exists }
  affinity:
    nodeAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
        nodeSelectorTerms: [{ matchExpressions: [{ key: zone, operator: In, values: [a, b] }] }]
      preferredDuringSchedulingIgnoredDuringExecution:
        - { weight: 10, preference: { matchFields: [{ key: metadata.name, operator: In, values: [one] }] } }
    podAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
        - { topologyKey: zone, namespaceSelector: {}, labelSelector: { matchLabels: { app: database } } }
    podAntiAffinity:
      preferredDuringSchedulingIgnoredDuringExecution:
        - weight: 1
          podAffinityTerm:
            topologyKey: kubernetes.io/hostname
            namespaces: [default]
            labelSelector: { matchExpressions: [{ key: motherload.dev/task, operator: Exists }] }
  topologySpreadConstraints:
    - { maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: { matchLabels: { motherload.dev/task: Load } } }
  priorityClassName: low
  serviceAccountName: loader
  imagePullSecrets: [{ name: registry }]
  activeDeadlineSeconds: 3600
  ttlSecondsAfterFinished: 60
`);
