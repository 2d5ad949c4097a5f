/** The architecture as rules: who may import whom, and which file is a package's one home. */
const home = (name, packages, paths) => ({
  name: `only-home-of-${name}`,
  comment: `${packages} is imported at one place only: ${paths}`,
  severity: 'error',
  from: { path: '^(bin|operator|job-runner|crds)/', pathNot: paths },
  to: { path: `node_modules/${packages}` },
});
const never = (name, from, to) => ({ name, severity: 'error', from: { path: from }, to: { path: to } });

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    never('operator-knows-only-the-contract', '^operator/', '^(bin|job-runner|test|bench|examples)/'),
    never('runner-knows-only-the-contract', '^job-runner/', '^(bin|operator|test|bench|examples)/'),
    never('contract-knows-nothing-of-ours', '^crds/', '^(bin|operator|job-runner|test|bench|examples)/'),
    never('executors-stay-apart', '^operator/kubernetes/', '^operator/local/'),
    never('executors-stay-apart-too', '^operator/local/', '^operator/kubernetes/'),
    // The operator's rooms: main → kubernetes/{act → observe → cache → client}, local → engine → build → schedule → decide.
    never('decide-is-the-lowest-room', '^operator/decide/', '^operator/(?!decide/)'),
    never('schedule-imports-only-decide', '^operator/schedule/', '^operator/(?!(schedule|decide)/)'),
    never('build-imports-only-decisions', '^operator/build/', '^operator/(?!(build|schedule|decide)/)'),
    never('engine-imports-no-executor', '^operator/engine/', '^operator/(?!(engine|build|schedule|decide)/)'),
    never('client-imports-no-cache', '^operator/kubernetes/client/', '^operator/(kubernetes/(?!client/)|[^/]+$)'),
    never(
      'cache-imports-no-observe',
      '^operator/kubernetes/cache/',
      '^operator/(kubernetes/(?!(client|cache)/)|[^/]+$)',
    ),
    never('observe-imports-no-act', '^operator/kubernetes/observe/', '^operator/(kubernetes/(act/|[^/]+$)|[^/]+$)'),
    never('act-imports-no-world', '^operator/kubernetes/act/', '^operator/(kubernetes/[^/]+$|[^/]+$)'),
    never('executors-import-no-main', '^operator/(kubernetes|local)/', '^operator/[^/]+$'),
    // The runner's floors: run-tasks, preview → load → copy, catalogue, finish → dump, database → plan → contract.
    never('plan-is-the-lowest-room', '^job-runner/plan/', '^job-runner/(?!plan/)'),
    never('dump-knows-no-database', '^job-runner/dump/', '^job-runner/(?!(dump|plan|webassembly)/)'),
    never(
      'webassembly-knows-nothing-of-ours',
      '^job-runner/webassembly/',
      '^(bin|operator|crds)/|^job-runner/(?!webassembly/)',
    ),
    never('database-knows-no-dump', '^job-runner/database/', '^job-runner/(?!(database|plan)/)'),
    never('copy-knows-no-load', '^job-runner/copy/', '^job-runner/(catalogue|load|preview|finish)/|^job-runner/[^/]+$'),
    never('catalogue-knows-no-load', '^job-runner/catalogue/', '^job-runner/(copy|load|preview|finish)/'),
    never('finish-knows-no-load', '^job-runner/finish/', '^job-runner/(copy|catalogue|dump|load|preview)/'),
    never('archiving-knows-no-load', '^job-runner/archiving/', '^job-runner/(copy|catalogue|load|preview|finish)/'),
    never('load-knows-no-catalogue', '^job-runner/load/', '^job-runner/(catalogue|preview|finish)/'),
    never('runner-knows-no-preview', '^job-runner/(?!preview/)', '^job-runner/preview/'),
    never('runner-knows-no-sniff', '^job-runner/(?!sniff/)', '^job-runner/sniff/'),
    never('sniff-knows-no-database', '^job-runner/sniff/', '^job-runner/(database|load|catalogue|preview|finish)/'),
    {
      name: 'decisions-are-pure',
      comment: 'decide, schedule, build and plan import no I/O, no client, no clock, no environment, no logger',
      severity: 'error',
      from: { path: '^(operator/(decide|schedule|build)|job-runner/plan)/' },
      to: {
        path: '^(node:)?(fs|fs/promises|net|http|https|child_process|os|process|timers|timers/promises|worker_threads)$|node_modules/(pg|yauzl|@kubernetes)|crds/contract/log\\.ts|^job-runner/(dump|catalogue|copy|load|preview|database|finish)/|^operator/(kubernetes|local)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    home('yauzl', 'yauzl/', '^job-runner/dump/zip-(directory|entries)\\.ts$'),
    home('iconv-lite', 'iconv-lite/', '^job-runner/generate-code-pages\\.ts$'),
    home('aws4', 'aws4/', '^job-runner/dump/remote/s3/bucket-client\\.ts$'),
    home('mysql2', 'mysql2/', '^job-runner/dump/mysql-server/session\\.ts$'),
    home('tedious', 'tedious/', '^job-runner/dump/mssql-server/session\\.ts$'),
    home('sax', 'sax/', '^job-runner/dump/remote/s3/xml\\.ts$'),
    home('pg', 'pg/', '^job-runner/database/(connection|transaction-pooling)\\.ts$'),
    home('pg-copy-streams', 'pg-copy-streams/', '^job-runner/copy/copy-stream\\.ts$'),
    home('pg-cursor', 'pg-cursor/', '^job-runner/database/read-rows\\.ts$'),
    home('croner', 'croner/', '^operator/schedule/wall-times\\.ts$'),
    home('client-node', '@kubernetes/client-node/', '^operator/(kubernetes|build)/'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
