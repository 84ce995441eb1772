/** What lies where in the package. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TarEntry } from './tar.ts';

const here = import.meta.dirname;
const root = join(here, '..', '..');
const LIB = 'usr/lib/techulus-agent';
/** systemd takes what lies here for every scope whose name begins like this: containers' and their conmons'. */
const SCOPES = 'lib/systemd/system/libpod-.scope.d';
export const NODE_PATH = `${LIB}/node`;
export const CONFFILES = ['etc/default/techulus-agent'];

const directories = [
  'etc/',
  'etc/default/',
  'etc/techulus/',
  'lib/',
  'lib/systemd/',
  'lib/systemd/system/',
  `${SCOPES}/`,
  'usr/',
  'usr/bin/',
  'usr/lib/',
  `${LIB}/`,
  'usr/share/',
  'usr/share/doc/',
  'usr/share/doc/techulus-agent/',
];

const units = ['techulus-agent.service', 'techulus-dns.service', 'techulus-wireguard.service'];

function ours(name: string): Buffer {
  return readFileSync(join(here, 'files', name));
}

function built(name: string): Buffer {
  return readFileSync(join(root, 'apps/agent/dist', name));
}

export interface Contents {
  readonly directories: readonly TarEntry[];
  readonly files: readonly TarEntry[];
}

export function packageContents(version: string): Contents {
  const manifest = Buffer.from(`${JSON.stringify({ name: 'techulus-agent', version, type: 'module' })}\n`);
  const files: TarEntry[] = [
    { path: 'etc/default/techulus-agent', content: ours('default'), mode: 0o644 },
    ...units.map((unit) => ({ path: `lib/systemd/system/${unit}`, content: ours(unit), mode: 0o644 })),
    { path: `${SCOPES}/techulus.conf`, content: ours('libpod-scope.conf'), mode: 0o644 },
    { path: 'usr/bin/techulus-agent', content: ours('techulus-agent'), mode: 0o755 },
    { path: `${LIB}/agent.js`, content: built('agent.js'), mode: 0o644 },
    { path: `${LIB}/dns.js`, content: built('dns.js'), mode: 0o644 },
    { path: `${LIB}/package.json`, content: manifest, mode: 0o644 },
    { path: `${LIB}/restart-dns`, content: ours('restart-dns'), mode: 0o755 },
    { path: 'usr/share/doc/techulus-agent/copyright', content: ours('copyright'), mode: 0o644 },
  ];
  return { directories: directories.map((path) => ({ path, content: Buffer.alloc(0), mode: 0o755 })), files };
}

export interface ControlFacts {
  readonly version: string;
  readonly files: readonly TarEntry[];
  readonly node: { readonly size: number; readonly md5: string };
}

export function md5(content: Buffer): string {
  return createHash('md5').update(content).digest('hex');
}

/** The control archive: who it is, what it needs, its scripts, and the sums that `dpkg --verify` compares. */
export function controlEntries({ version, files, node }: ControlFacts): TarEntry[] {
  const bytes = files.reduce((sum, file) => sum + file.content.length, node.size);
  const control = readFileSync(join(here, 'control'), 'utf8')
    .replace('@VERSION@', version)
    .replace('@INSTALLED_SIZE@', String(Math.ceil(bytes / 1024)));
  const sums = files
    .filter((file) => !CONFFILES.includes(file.path))
    .map((file) => `${md5(file.content)}  ${file.path}\n`);
  const texts: [string, string][] = [
    ['conffiles', CONFFILES.map((path) => `/${path}\n`).join('')],
    ['control', control],
    ['md5sums', `${sums.join('')}${node.md5}  ${NODE_PATH}\n`],
  ];
  const scripts = ['postinst', 'postrm', 'prerm'].map((name) => ({
    path: name,
    content: readFileSync(join(here, 'scripts', name)),
    mode: 0o755,
  }));
  return [...texts.map(([path, text]) => ({ path, content: Buffer.from(text), mode: 0o644 })), ...scripts];
}
