import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const NODE_MODULES = ['node:*'];
const TEMPORAL = ['@temporalio/*'];
const ADAPTERS = [
  'ssh2',
  '**/nodes/**',
  '**/keystone/**',
  '**/keys/**',
  '**/envelopes/**',
  '**/configuration/**',
  '**/inventories/**',
  '**/payloads/**',
];

/** A wall: files of a folder may not import these. */
const wall = (files, patterns, message) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns: [{ group: patterns, message }] }] },
});

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.tools/', '.stryker-tmp/', 'reports/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      eqeqeq: 'error',
    },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
  wall(
    ['core/**/*.ts'],
    [
      ...NODE_MODULES,
      ...TEMPORAL,
      ...ADAPTERS,
      '**/activities/**',
      '**/engine/**',
      '**/workflows/**',
      '**/client/**',
      '**/worker/**',
    ],
    'The core is pure: no Node, no Temporal, no adapters.',
  ),
  wall(
    ['engine/**/*.ts'],
    [
      ...NODE_MODULES,
      ...TEMPORAL,
      ...ADAPTERS,
      '**/activities/**',
      '**/workflows/**',
      '**/client/**',
      '**/worker/**',
    ],
    'The engine knows the core and its world, and nothing that the world is made of.',
  ),
  wall(
    ['workflows/**/*.ts'],
    [
      ...NODE_MODULES,
      ...ADAPTERS,
      '@temporalio/client',
      '@temporalio/worker',
      '@temporalio/activity',
      '**/client/**',
    ],
    'Workflow code runs in a sandbox and must be deterministic: the core, and types of activities, no more.',
  ),
  wall(
    ['nodes/**/*.ts', 'keystone/**/*.ts', 'keys/**/*.ts'],
    [
      ...TEMPORAL,
      '**/activities/**',
      '**/workflows/**',
      '**/client/**',
      '**/worker/**',
      '**/configuration/**',
      '**/inventories/**',
    ],
    'Adapters hold no policy and know nothing of workflows or configuration.',
  ),
  wall(
    ['envelopes/**/*.ts'],
    [
      ...TEMPORAL,
      'ssh2',
      '**/nodes/**',
      '**/keystone/**',
      '**/configuration/**',
      '**/activities/**',
      '**/workflows/**',
      '**/client/**',
      '**/worker/**',
    ],
    'Envelopes know keys and who was approved, nothing of where either comes from.',
  ),
  wall(
    ['inventories/**/*.ts', 'configuration/**/*.ts'],
    [
      'ssh2',
      '**/nodes/**',
      '**/keys/**',
      '**/activities/**',
      '**/workflows/**',
      '**/client/**',
      '**/worker/**',
    ],
    'What a person wrote, and what it leads to: neither nodes nor workflows.',
  ),
  wall(
    ['payloads/**/*.ts'],
    [
      'ssh2',
      '@temporalio/worker',
      '@temporalio/client',
      '**/nodes/**',
      '**/keys/**',
      '**/keystone/**',
      '**/envelopes/**',
      '**/inventories/**',
      '**/activities/**',
      '**/workflows/**',
      '**/client/**',
      '**/worker/**',
    ],
    'What Temporal stores, encrypted or not; it knows the configuration, and nothing of what is stored.',
  ),
  wall(
    ['sim/**/*.ts'],
    [
      ...TEMPORAL,
      'ssh2',
      '**/keystone/**',
      '**/configuration/**',
      '**/activities/**',
      '**/workflows/**',
      '**/client/**',
      '**/worker/**',
      '**/lab/**',
    ],
    'The simulator runs core, engine and writer as they are, on a world of its own.',
  ),
  wall(
    ['monitoring/**/*.ts'],
    [...ADAPTERS, '@temporalio/worker', '**/activities/**', '**/client/**', '**/worker/**'],
    'Monitoring asks Temporal alone, and serves both programs.',
  ),
  wall(
    ['dashboard/*.ts'],
    [...ADAPTERS, '@temporalio/worker', '**/activities/**', '**/client/**', '**/worker/**', '**/page/**'],
    'The dashboard asks Temporal alone, and changes nothing.',
  ),
  wall(
    ['dashboard/page/**/*.{ts,tsx}'],
    [...NODE_MODULES, ...TEMPORAL, ...ADAPTERS, '**/monitoring/**', '**/workflows/**', '**/engine/**'],
    'The page runs in a browser: the core, and what the API answers.',
  ),
  wall(
    ['client/**/*.ts'],
    ['ssh2', '**/nodes/**', '**/inventories/**', '**/activities/**'],
    'The client talks to Temporal, never to a node.',
  ),
);
