import js from '@eslint/js';
import hooks from 'eslint-plugin-react-hooks';
import ts from 'typescript-eslint';

const io = [
  'node:*',
  'fs',
  'http',
  'https',
  'net',
  'pg',
  'ioredis',
  'bullmq',
  'typeorm',
  'undici',
  '@nestjs/*',
  'fastify',
  'react',
  'react-dom',
];
const httpClients = ['http', 'https', 'node:http', 'node:https', 'undici', 'axios', 'node-fetch', 'got'];
const restrict = (patterns) => ['error', { patterns: patterns.map(([group, message]) => ({ group, message })) }];

/** The layer rules of ARCHITECTURE.md, section "Rooms": what each room may import. */
export default ts.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.data/**', 'coverage/**', 'tests/**/output/**', '.stryker-tmp/**'] },
  js.configs.recommended,
  ...ts.configs.strict,
  {
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      'no-console': 'error',
      eqeqeq: ['error', 'smart'],
    },
  },
  {
    // Nest reads constructor types at run time.
    files: ['backend/src/**/*.ts'],
    rules: { '@typescript-eslint/consistent-type-imports': 'off' },
  },
  {
    files: ['shared/src/**/*.ts'],
    ignores: ['shared/src/server/**', 'shared/src/testing/**', '**/*.spec.ts', '**/*.int-spec.ts'],
    rules: {
      'no-restricted-imports': restrict([
        [io, 'The core is pure: no I/O, no framework.'],
        [['**/server/**', '**/testing/**'], 'The core does not know the server room.'],
      ]),
      'no-restricted-globals': ['error', 'process', 'fetch', 'setTimeout', 'setInterval', 'crypto'],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Randomness is an argument of the core.' },
        { object: 'Date', property: 'now', message: 'Time is an argument of the core.' },
      ],
    },
  },
  {
    files: ['backend/src/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/*.int-spec.ts'],
    rules: {
      'no-restricted-imports': restrict([
        [['@sagawright/workers*', '**/workers/**', '**/frontend/**'], 'backend never imports workers or frontend.'],
        [httpClients, 'Outgoing calls go through the egress door in shared/server.'],
      ]),
      'no-restricted-globals': ['error', 'fetch'],
    },
  },
  {
    files: ['workers/src/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/*.int-spec.ts'],
    rules: {
      'no-restricted-imports': restrict([
        [
          ['@sagawright/backend*', '**/backend/**', '**/frontend/**', '@nestjs/*'],
          'workers never import backend, frontend or NestJS.',
        ],
        [httpClients, 'Outgoing calls go through the egress door in shared/server.'],
      ]),
      'no-restricted-globals': ['error', 'fetch'],
    },
  },
  {
    files: ['shared/src/server/**/*.ts'],
    ignores: ['shared/src/server/egress/**', '**/*.spec.ts', '**/*.int-spec.ts'],
    rules: {
      'no-restricted-imports': restrict([[httpClients, 'Outgoing calls go through the egress room.']]),
      'no-restricted-globals': ['error', 'fetch'],
    },
  },
  {
    files: ['frontend/src/**/*.{ts,tsx}'],
    plugins: { 'react-hooks': hooks },
    rules: {
      ...hooks.configs.recommended.rules,
      'no-restricted-imports': restrict([
        [
          [
            '@sagawright/shared/server',
            '@sagawright/shared/testing',
            '@sagawright/backend*',
            '@sagawright/workers*',
            'node:*',
          ],
          'frontend knows the core of shared only.',
        ],
      ]),
      'no-restricted-syntax': [
        'error',
        {
          selector: 'CallExpression[callee.name=/^(useNodes|useEdges)$/]',
          message: 'Select a slice of our own store instead.',
        },
      ],
    },
  },
  {
    files: ['scripts/**/*.mjs', '*.mjs', 'tests/**/*.ts', '**/*.cjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        URL: 'readonly',
        module: 'writable',
        fetch: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
      },
    },
    rules: { 'no-console': 'off' },
  },
);
