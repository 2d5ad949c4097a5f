/** PURE: what an image consists of, as CycloneDX. https://cyclonedx.org/docs/1.5/json/ */

export interface Component {
  readonly 'bom-ref': string;
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  /** npm: `optional` where only optional packages need it. */
  readonly scope?: string;
  readonly [more: string]: unknown;
}

export interface Dependency {
  readonly ref: string;
  readonly dependsOn: readonly string[];
}

/** The parts of `npm sbom` that are used here. */
export interface NpmBill {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly Dependency[];
}

export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

export interface BillOptions {
  /** All of package-lock.json, since with `--omit optional` npm 11 also leaves out what an optional package shares with others. */
  readonly npm: NpmBill;
  /** The npm packages that the program imports. With what they need they are in the image, and no others. */
  readonly packages: readonly string[];
  readonly debian: readonly DebianPackage[];
  /** Of Node, without `v`. */
  readonly nodeVersion: string;
  readonly image: { readonly name: string; readonly version: string; readonly digest: string };
  /** When the sources were committed, in seconds since 1970. */
  readonly time: number;
}

/** A paragraph of dpkg's database. */
export function parseDebianPackage(paragraph: string): DebianPackage {
  const field = (name: string) => {
    const [, value] = new RegExp(`^${name}: *(\\S+)`, 'm').exec(paragraph) ?? [];
    if (value === undefined) throw new Error(`a package of Debian has no field ${name}: ${paragraph.slice(0, 200)}`);
    return value;
  };
  return { name: field('Package'), version: field('Version'), architecture: field('Architecture') };
}

export function billOfMaterials({ npm, packages, debian, nodeVersion, image, time }: BillOptions): object {
  const root = npm.metadata.component['bom-ref'];
  const isPackage = (ref: string) => packages.includes(ref.replace(/(?!^)@.*$/, ''));
  const installed = new Set(
    npm.components.filter(({ scope }) => scope === 'required').map((component) => component['bom-ref']),
  );
  const dependencies = npm.dependencies.map(({ ref, dependsOn }) => ({
    ref,
    dependsOn: dependsOn.filter((other) => installed.has(other) && (ref !== root || isPackage(other))),
  }));
  const reached = reachable(root, dependencies);
  const node = {
    ...{ 'bom-ref': `node@${nodeVersion}`, type: 'platform', name: 'node', version: nodeVersion },
    purl: `pkg:github/nodejs/node@v${nodeVersion}`,
  };
  const ofDebian = debian.map(debianComponent);
  const { name, version, digest } = image;
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: {
      timestamp: new Date(time * 1000).toISOString(),
      component: {
        ...{ 'bom-ref': root, type: 'container', name, version },
        purl: `pkg:oci/${name}@${encodeURIComponent(digest)}`,
      },
    },
    components: [...npm.components.filter((component) => reached.has(component['bom-ref'])), node, ...ofDebian],
    dependencies: [
      ...dependencies.filter(({ ref }) => reached.has(ref) && ref !== root),
      {
        ref: root,
        dependsOn: [
          ...(dependencies.find(({ ref }) => ref === root)?.dependsOn ?? []),
          ...[node, ...ofDebian].map((component) => component['bom-ref']),
        ],
      },
    ],
  };
}

function reachable(root: string, dependencies: readonly Dependency[]): ReadonlySet<string> {
  const needs = new Map(dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
  const reached = new Set<string>();
  const waiting = [root];
  for (let ref = waiting.pop(); ref !== undefined; ref = waiting.pop()) {
    if (reached.has(ref)) continue;
    reached.add(ref);
    waiting.push(...(needs.get(ref) ?? []));
  }
  return reached;
}

function debianComponent({ name, version, architecture }: DebianPackage): Component {
  const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}`;
  return { 'bom-ref': purl, type: 'library', name, version, purl };
}
