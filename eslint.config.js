import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

/** AssemblyScript, whose types are not those of TypeScript: its compiler checks it. */
const ASSEMBLYSCRIPT = 'job-runner/webassembly/*/**';

export default tseslint.config(
  { ignores: ['node_modules/', 'dist/', 'compiled/', 'crds/contract/generated.ts', '*.cjs', 'bench/data/'] },
  {
    files: ['**/*.{js,ts}'],
    languageOptions: { parser: tseslint.parser },
    // Comments and blank lines are read as well.
    rules: { 'max-lines': ['error', 250] },
  },
  {
    ignores: [ASSEMBLYSCRIPT],
    extends: [eslint.configs.recommended, tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // The models of client-node are classes, and object literals are what it takes and gives.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // The rest of an object without a field.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['test/**'],
    rules: {
      'max-lines-per-function': 'off',
      // node:test's describe and it return promises that the runner itself awaits.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            {
              from: 'package',
              name: ['it', 'describe', 'test', 'before', 'after', 'beforeEach', 'afterEach', 'suite'],
              package: 'node:test',
            },
          ],
        },
      ],
    },
  },
  { files: ['**/*.js'], extends: [tseslint.configs.disableTypeChecked] },
);
