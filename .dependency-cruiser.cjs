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
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    never('operator-knows-only-the-contract', '^operator/', '^(bin|job-runner|test|bench|examples)/'),
    never('runner-knows-only-the-contract', '^job-runner/', '^(bin|operator|test|bench|examples)/'),
    never('contract-knows-nothing-of-ours', '^crds/', '^(bin|operator|job-runner|test|bench|examples)/'),
    never('hands-do-not-know-each-other', '^operator/kubernetes/', '^operator/local/'),
    never('hands-do-not-know-each-other-either', '^operator/local/', '^operator/kubernetes/'),
    {
      name: 'decisions-are-pure',
      comment: 'decide, build and plan import no I/O, no client, no clock, no environment, no logger',
      severity: 'error',
      from: { path: '^(operator/(decide|build)|job-runner/plan)/' },
      to: {
        path: '^(node:)?(fs|fs/promises|net|http|https|child_process|os|process|timers|timers/promises|worker_threads)$|node_modules/(pg|winston|yauzl|@kubernetes)|crds/contract/log\\.ts|^job-runner/(catalogue|load|database|finish)/|^operator/(kubernetes|local)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    home('yauzl', 'yauzl/', '^job-runner/catalogue/archive\\.ts$'),
    home('pg', 'pg/', '^job-runner/database/connection\\.ts$'),
    home('pg-copy-streams', 'pg-copy-streams/', '^job-runner/load/copy\\.ts$'),
    home('winston', 'winston/', '^crds/contract/log\\.ts$'),
    home('client-node', '@kubernetes/client-node/', '^operator/(kubernetes|build)/'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
