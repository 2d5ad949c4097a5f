import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { runCommand, succeeds } from './commands.ts';
import { takeOwnership } from './owner.ts';

/** The programs of the test bed. Each is a Go module in a folder beside this file, so that go.sum pins all of its sources. */
const PACKAGES = {
  kubernetes: '.',
  pause: '.',
  coredns: 'github.com/coredns/coredns',
  helm: 'helm.sh/helm/v4/cmd/helm',
  kwok: 'sigs.k8s.io/kwok/cmd/kwok',
} as const;
export type ProgramName = keyof typeof PACKAGES;

/** For what takes minutes to build. It is shared by all checkouts and test beds, and may be deleted at any time. */
export const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'motherload', 'cluster');

/**
 * Returns the path of the program, which is built into the cache if it is missing (Kubernetes: four minutes on two cores, once). The file name
 * contains a digest of the sources, so another version is another file.
 */
export async function buildProgram(name: ProgramName): Promise<string> {
  const folder = join(import.meta.dirname, name);
  const program = join(CACHE, `${name}-${digestOf(folder)}`);
  const claim = `${program}.building`;
  // If another process is building the same program, wait for it.
  while (!existsSync(program) && !isOurs(claim)) await wait(200);
  if (existsSync(program)) return program;
  try {
    await build(name, folder, program);
  } finally {
    // Also after an error, so that a waiting process tries it itself and reports its own error.
    rmSync(claim, { recursive: true, force: true });
  }
  return program;
}

async function build(name: ProgramName, folder: string, program: string): Promise<void> {
  if (!(await succeeds(['go', 'version']))) throw new Error(`Go is needed to build ${name}: install Go 1.26 or later`);
  console.error(`Building ${name} (once; Kubernetes takes some minutes)`);
  const unfinished = `${program}.${process.pid}.unfinished`;
  // Static, since some of them run in images without any libraries; with low priority, so that measurements are not affected.
  await runCommand(
    ['nice', '-n', '19', 'go', 'build', '-trimpath', '-ldflags', linkerFlags(folder), '-o', unfinished, PACKAGES[name]],
    {
      folder,
      environment: { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false -mod=readonly' },
      show: true,
    },
  );
  renameSync(unfinished, program);
}

function isOurs(claim: string): boolean {
  try {
    takeOwnership(claim);
    return true;
  } catch {
    return false;
  }
}

/** Builds all of them. */
export async function buildPrograms(): Promise<void> {
  for (const name of ['kubernetes', 'coredns', 'kwok', 'pause', 'helm'] as const) await buildProgram(name);
}

function digestOf(folder: string): string {
  const hash = createHash('sha256').update(process.arch);
  for (const file of readdirSync(folder).sort()) hash.update(`${file}\n`).update(readFileSync(join(folder, file)));
  return hash.digest('hex').slice(0, 12);
}

/** Kubernetes' version is set by the linker; without it the apiserver reports v0.0.0 and clients disable features. */
function linkerFlags(folder: string): string {
  const version = /^\s*k8s\.io\/kubernetes v(\d+)\.(\d+)\.\S+/m.exec(readFileSync(join(folder, 'go.mod'), 'utf8'));
  if (version === null) return '-s -w';
  const [line, major, minor] = version;
  const gitVersion = line.trim().split(' ')[1];
  const settings = { gitVersion, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  const flags = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((module) =>
    Object.entries(settings).map(([key, value]) => `-X ${module}.${key}=${value}`),
  );
  return ['-s', '-w', ...flags].join(' ');
}
