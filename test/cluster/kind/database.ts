const NAME = 'postgresql';
const NAMESPACE = 'databases';
/** The user of the public image: https://github.com/docker-library/postgres */
const USER_ID = 999;

/** The database's URI for pods of the cluster. */
export function databaseUri(password: string): string {
  return `postgresql://motherload:${password}@${NAME}.${NAMESPACE}.svc:5432/motherload`;
}

/** A PostgreSQL for trying things out: its data is lost with its pod. The password must not need quoting in SQL. */
export function buildDatabase(password: string, ownerPassword: string): object[] {
  const metadata = { name: NAME, namespace: NAMESPACE };
  const labels = { 'app.kubernetes.io/name': NAME };
  // The role for loading has exactly the privileges that the documentation requires.
  const role = [
    `CREATE ROLE motherload LOGIN PASSWORD '${password}';`,
    'GRANT CREATE ON DATABASE motherload TO motherload;',
    'GRANT CREATE ON SCHEMA public TO motherload;',
  ];
  const stringData = { 'role.sql': role.join('\n'), ownerPassword };
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: NAMESPACE, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    },
    { apiVersion: 'v1', kind: 'Secret', metadata, stringData },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: labels, ports: [{ name: 'sql', port: 5432 }] } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        strategy: { type: 'Recreate' },
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: buildPod() },
      },
    },
  ];
}

function buildPod(): object {
  // The image runs the SQL files in this folder once, in $POSTGRES_DB.
  const folders = {
    data: '/var/lib/postgresql',
    socket: '/var/run/postgresql',
    temporary: '/tmp',
    role: '/docker-entrypoint-initdb.d',
  };
  const ownerPassword = { secretKeyRef: { name: NAME, key: 'ownerPassword' } };
  return {
    automountServiceAccountToken: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER_ID,
      fsGroup: USER_ID,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: NAME,
        image: 'docker.io/library/postgres:18',
        env: [
          { name: 'POSTGRES_DB', value: 'motherload' },
          { name: 'POSTGRES_PASSWORD', valueFrom: ownerPassword },
        ],
        ports: [{ name: 'sql', containerPort: 5432 }],
        // Over TCP, since the server that creates the role listens only on the socket.
        readinessProbe: { exec: { command: ['pg_isready', '--host=127.0.0.1'] }, periodSeconds: 2 },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: Object.entries(folders).map(([name, mountPath]) => ({ name, mountPath })),
      },
    ],
    volumes: [
      ...['data', 'socket', 'temporary'].map((name) => ({ name, emptyDir: {} })),
      { name: 'role', secret: { secretName: NAME, items: [{ key: 'role.sql', path: 'role.sql' }] } },
    ],
  };
}
