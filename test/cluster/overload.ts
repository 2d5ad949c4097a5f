import { OPERATOR_NAMESPACE } from './operator-process.ts';

/** Objects that make the apiserver respond with 429 to all of the operator's requests, as it does if a client exceeds its share. */
export function overload(): string {
  const apiVersion = 'flowcontrol.apiserver.k8s.io/v1';
  const limited = {
    nominalConcurrencyShares: 0,
    lendablePercent: 0,
    borrowingLimitPercent: 0,
    limitResponse: { type: 'Reject' },
  };
  const rules = {
    subjects: [{ kind: 'ServiceAccount', serviceAccount: { namespace: OPERATOR_NAMESPACE, name: 'operator' } }],
    resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true }],
  };
  const items = [
    {
      apiVersion,
      kind: 'PriorityLevelConfiguration',
      metadata: { name: 'none' },
      spec: { type: 'Limited', limited },
    },
    {
      ...{ apiVersion, kind: 'FlowSchema', metadata: { name: 'operator' } },
      spec: { priorityLevelConfiguration: { name: 'none' }, matchingPrecedence: 2, rules: [rules] },
    },
  ];
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}
