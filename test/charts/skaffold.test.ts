import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { load } from 'js-yaml';
import { Rendered, runHelm } from './helm.ts';

interface Artifact {
  image: string;
  docker: { dockerfile: string; target: string };
}
interface Release {
  name: string;
  chartPath: string;
  setValueTemplates: Record<string, string>;
}
interface Skaffold {
  apiVersion: string;
  build: { artifacts: Artifact[] };
  deploy: { helm: { releases: Release[] } };
  profiles: { name: string; patches: { op: string; path: string; value: Record<string, string> }[] }[];
}

const root = join(import.meta.dirname, '..', '..');
const skaffold = load(readFileSync(join(root, 'skaffold.yaml'), 'utf8')) as Skaffold;
const [release] = skaffold.deploy.helm.releases;
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

/** The operator's Deployment with the values that Skaffold sets after building images with these references. */
async function install(reference: { tag: string; digest: string }, more: Record<string, string> = {}) {
  assert(release !== undefined);
  const known = Object.fromEntries(
    skaffold.build.artifacts.flatMap(({ image }) => {
      // https://skaffold.dev/docs/deployers/helm/: characters that are not allowed in a template name become underscores.
      const suffix = image.replaceAll(/[-./:]/g, '_');
      const variables = { REPO: `registry.example.com:5000/me/${image}`, TAG: reference.tag, DIGEST: reference.digest };
      return Object.entries(variables).map(([variable, value]) => [`IMAGE_${variable}_${suffix}`, value]);
    }),
  );
  const filled = Object.entries(release.setValueTemplates).map(([name, template]) => {
    const [, variable = ''] = /^\{\{\.(\w+)\}\}$/.exec(template) ?? [];
    assert(Object.hasOwn(known, variable), `Skaffold has no variable ${template}`);
    return [name, known[variable]] as const;
  });
  const values = [...filled, ...Object.entries(more)].flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  return new Rendered(await runHelm(['template', release.name, join(root, release.chartPath), ...values])).operator;
}

describe('skaffold.yaml', () => {
  it('builds the two targets of the Dockerfile, as the images in the chart', async () => {
    assert.match(skaffold.apiVersion, /^skaffold\/v4/);
    const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
    for (const { docker } of skaffold.build.artifacts) {
      assert(existsSync(join(root, docker.dockerfile)));
      assert.match(dockerfile, new RegExp(`^FROM .* AS ${docker.target}$`, 'm'));
    }
    const { container, environment } = new Rendered(
      await runHelm(['template', 'motherload', join(root, 'charts', 'motherload')]),
    ).operator;
    const named = [container.image, environment['MOTHERLOAD_RUNNER_IMAGE']].map((image) => image?.replace(/:.*/, ''));
    assert.deepEqual(
      skaffold.build.artifacts.map(({ image }) => image),
      named,
    );
  });

  it('installs the chart with images by digest if they were pushed', async () => {
    const { container, environment } = await install({ tag: 'abc', digest: DIGEST });
    assert.equal(container.image, `registry.example.com:5000/me/motherload-operator@${DIGEST}`);
    assert.equal(environment['MOTHERLOAD_RUNNER_IMAGE'], `registry.example.com:5000/me/motherload-runner@${DIGEST}`);
  });

  it('installs the chart with images by tag if they stay on the machine', async () => {
    const tag = DIGEST.slice('sha256:'.length);
    const { container, environment } = await install({ tag, digest: '' });
    assert.equal(container.image, `registry.example.com:5000/me/motherload-operator:${tag}`);
    assert.equal(environment['MOTHERLOAD_RUNNER_IMAGE'], `registry.example.com:5000/me/motherload-runner:${tag}`);
  });

  it('has a profile for kind, with valid chart values', async () => {
    const [kind] = skaffold.profiles;
    assert.equal(kind?.name, 'kind');
    const [patch] = kind.patches;
    assert.deepEqual([patch?.op, patch?.path], ['add', '/deploy/helm/releases/0/setValues']);
    const { environment } = await install({ tag: 'abc', digest: '' }, patch?.value);
    assert.match(environment['MOTHERLOAD_JOB_TEMPLATE'] ?? '', /"requests":\{"cpu":"10m","memory":"64Mi"\}/);
  });
});
