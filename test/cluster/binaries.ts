import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { runDownload, succeeds } from './commands.ts';
import { takeOwnership } from './owner.ts';

interface Program {
  /** The folder of its Go module, whose go.sum pins all of its sources. */
  readonly module: string;
  /** Of that module, or a tool that it names. */
  readonly source: string;
  /** About how long it takes on two cores that do nothing else, with its download, after those above it. */
  readonly seconds: number;
}

/** The programs of the test bed. Those of one module share the versions of all packages, so that each package is built once. */
const PROGRAMS = {
  kubernetes: { module: 'programs', source: './kubernetes', seconds: 270 },
  coredns: { module: 'programs', source: './coredns', seconds: 10 },
  pause: { module: 'programs', source: './pause', seconds: 1 },
  helm: { module: 'programs', source: 'helm.sh/helm/v4/cmd/helm', seconds: 30 },
  versitygw: { module: 'programs', source: 'github.com/versity/versitygw/cmd/versitygw', seconds: 50 },
  kwok: { module: 'programs', source: 'sigs.k8s.io/kwok/cmd/kwok', seconds: 10 },
  kueue: { module: 'programs', source: 'sigs.k8s.io/kueue/cmd/kueue', seconds: 70 },
  cosign: { module: 'cosign', source: 'github.com/sigstore/cosign/v3/cmd/cosign', seconds: 240 },
  'kubernetes-oldest': { module: 'kubernetes-oldest', source: '.', seconds: 260 },
} as const satisfies Readonly<Record<string, Program>>;
export type ProgramName = keyof typeof PROGRAMS;

export function isProgramName(name: string): name is ProgramName {
  return Object.hasOwn(PROGRAMS, name);
}

/** For what takes minutes to build. It is shared by all checkouts and test beds, and may be deleted at any time. */
export const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'motherload', 'cluster');

/**
 * Returns the path of the program, which is built into the cache if it is missing. The file name contains a digest of the sources, so another
 * version is another file.
 */
export async function buildProgram(name: ProgramName): Promise<string> {
  const { module, program } = placeOf(name);
  const claim = `${program}.building`;
  // If another process is building the same program, wait for it.
  while (!existsSync(program) && !isOurs(claim)) await wait(200);
  if (existsSync(program)) return program;
  try {
    await build(name, module, program);
  } finally {
    // Also after an error, so that a waiting process tries it itself and reports its own error.
    rmSync(claim, { recursive: true, force: true });
  }
  return program;
}

async function build(name: ProgramName, module: string, program: string): Promise<void> {
  if (!(await succeeds(['go', 'version']))) throw new Error(`Go is needed to build ${name}: install Go 1.26 or later`);
  const began = Date.now();
  console.error(`Building ${name} (once; about ${minutes(PROGRAMS[name].seconds)} on two cores) …`);
  const unfinished = `${program}.${process.pid}.unfinished`;
  // Static, since some of them run in images without any libraries; with low priority, so that measurements are not affected. Without debug
  // information, which is stripped anyway, and with a lazier garbage collector the compiler takes a seventh less.
  const flags = ['-trimpath', '-gcflags=all=-dwarf=false', '-ldflags', linkerFlags(module), '-o', unfinished];
  await runDownload(['nice', '-n', '19', 'go', 'build', ...flags, PROGRAMS[name].source], {
    folder: module,
    environment: { CGO_ENABLED: '0', GOGC: '200', GOFLAGS: '-buildvcs=false -mod=readonly' },
    show: true,
  });
  renameSync(unfinished, program);
  console.error(`Built ${name} in ${((Date.now() - began) / 1000).toFixed(0)} s.`);
}

/** Says beforehand which of these programs have to be built, and how long all of them take. */
export function announceBuilds(names: readonly ProgramName[]): void {
  const missing = names.filter((name) => !existsSync(placeOf(name).program));
  if (missing.length === 0) return;
  const seconds = missing.reduce((sum, name) => sum + PROGRAMS[name].seconds, 0);
  console.error(
    `${missing.join(', ')} must be built from source into ${CACHE} first: once, about ${minutes(seconds)} on two cores.`,
  );
}

function placeOf(name: ProgramName) {
  const module = join(import.meta.dirname, PROGRAMS[name].module);
  return { module, program: join(CACHE, `${name}-${digestOf(module)}`) };
}

function minutes(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const count = Math.ceil(seconds / 60);
  return `${count} ${count === 1 ? 'minute' : 'minutes'}`;
}

function isOurs(claim: string): boolean {
  try {
    takeOwnership(claim);
    return true;
  } catch {
    return false;
  }
}

/** Kubernetes in its newest version, or with MOTHERLOAD_TEST_KUBERNETES=oldest in the oldest one that the chart promises. */
export async function buildKubernetes(): Promise<string> {
  return await buildProgram(
    process.env['MOTHERLOAD_TEST_KUBERNETES'] === 'oldest' ? 'kubernetes-oldest' : 'kubernetes',
  );
}

/** Builds all that the tests need: first what those of a node need, of which there are most. */
export function buildPrograms(): { readonly ofNode: Promise<void>; readonly all: Promise<void> } {
  const inTurn = async (names: readonly ProgramName[]) => {
    for (const name of names) await buildProgram(name);
  };
  const ofNode = buildKubernetes().then(() => inTurn(['coredns', 'pause', 'helm', 'versitygw']));
  return { ofNode, all: ofNode.then(() => inTurn(['kwok', 'kueue'])) };
}

function digestOf(module: string): string {
  const hash = createHash('sha256').update(process.arch);
  for (const file of globSync('{go.*,**/*.go}', { cwd: module }).sort())
    hash.update(`${file}\n`).update(readFileSync(join(module, file)));
  return hash.digest('hex').slice(0, 12);
}

/** Kubernetes' version is set by the linker; without it the apiserver reports v0.0.0 and clients disable features. */
function linkerFlags(module: string): string {
  const version = /^\s*k8s\.io\/kubernetes v(\d+)\.(\d+)\.\S+/m.exec(readFileSync(join(module, 'go.mod'), 'utf8'));
  if (version === null) return '-s -w';
  const [line, major, minor] = version;
  const gitVersion = line.trim().split(' ')[1];
  const settings = { gitVersion, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  const flags = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((module) =>
    Object.entries(settings).map(([key, value]) => `-X ${module}.${key}=${value}`),
  );
  return ['-s', '-w', ...flags].join(' ');
}
