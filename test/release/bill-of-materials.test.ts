import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { billOfMaterials, parseDebianPackage, type NpmBill } from '../../release/bill-of-materials.ts';

const component = (name: string, scope = 'required') => ({
  ...{ 'bom-ref': `${name}@1.0.0`, type: 'library', name, version: '1.0.0', purl: `pkg:npm/${name}@1.0.0`, scope },
});
const needs = (name: string, ...others: string[]) => ({
  ref: `${name}@1.0.0`,
  dependsOn: others.map((other) => `${other}@1.0.0`),
});

const npm: NpmBill = {
  metadata: { component: component('motherload') },
  components: [
    component('pg'),
    component('shared'),
    component('@scope/client'),
    component('native', 'optional'),
    component('eslint'),
  ],
  dependencies: [
    needs('motherload', 'pg', '@scope/client', 'eslint'),
    needs('pg', 'shared', 'native'),
    needs('@scope/client', 'shared'),
    needs('shared'),
    needs('native'),
    needs('eslint', 'shared'),
  ],
};

const bill = (packages: readonly string[]) =>
  billOfMaterials({
    ...{ npm, packages, nodeVersion: '24.1.0', time: 0 },
    debian: [{ name: 'libc6', version: '2.36-9+deb12u14', architecture: 'arm64' }],
    image: { name: 'motherload-runner', version: '1.0.0', digest: 'sha256:ab' },
  }) as { components: { purl: string }[]; dependencies: { ref: string; dependsOn: string[] }[]; metadata: object };

describe('a bill of materials', () => {
  it('has the packages that the program imports with what they need, but neither optional ones nor those of others', () => {
    assert.deepEqual(
      bill(['pg']).components.map(({ purl }) => purl),
      [
        'pkg:npm/pg@1.0.0',
        'pkg:npm/shared@1.0.0',
        'pkg:github/nodejs/node@v24.1.0',
        'pkg:deb/debian/libc6@2.36-9%2Bdeb12u14?arch=arm64',
      ],
    );
    assert(bill(['@scope/client']).components.some(({ purl }) => purl === 'pkg:npm/@scope/client@1.0.0'));
  });

  it('says what needs what, and refers to nothing that it does not list', () => {
    const { components, dependencies } = bill(['pg']);
    assert.equal(
      components.length + 1,
      new Set(dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn])).size,
    );
    assert.deepEqual(dependencies.find(({ ref }) => ref === 'pg@1.0.0')?.dependsOn, ['shared@1.0.0']);
  });

  it('reads a paragraph of dpkg, and refuses one without a version', () => {
    const paragraph =
      'Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.36-9\nDescription: GNU C\n';
    assert.deepEqual(parseDebianPackage(paragraph), { name: 'libc6', version: '2.36-9', architecture: 'amd64' });
    assert.throws(() => parseDebianPackage('Package: libc6\nArchitecture: amd64\n'), /no field Version/);
  });
});
