/**
 * `npm run build:deb [-- --version 0.1.1]`: dist/techulus-agent_<version>_amd64.deb from the bundles and the Node in
 * node_modules. Equal inputs give equal bytes; a package whose inputs did not change is left alone.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { arArchive } from './ar.ts';
import { type ControlFacts, controlEntries, md5, NODE_PATH, packageContents } from './contents.ts';
import { TAR_END, tarEntries } from './tar.ts';
import { joinXz, xz } from './xz.ts';

const root = join(import.meta.dirname, '..', '..');
const dist = join(root, 'dist');
const cache = join(root, 'node_modules', '.cache', 'techulus-deb');
const nodeBinary = join(root, 'node_modules', 'node', 'bin', 'node');
const MOST_BYTES = 45 * 1024 * 1024;

interface CompressedNode {
  readonly stream: Buffer;
  readonly facts: ControlFacts['node'];
}

/** Symbols are a seventh of the binary, and nobody debugs V8 on a server. Without binutils it goes in as it is. */
function strippedNode(): Buffer {
  const stripped = join(cache, 'node.stripped');
  const ended = spawnSync('strip', ['--strip-unneeded', '-o', stripped, nodeBinary]);
  if (ended.status !== 0) return readFileSync(nodeBinary);
  const content = readFileSync(stripped);
  rmSync(stripped);
  return content;
}

function compressedNode(): CompressedNode {
  const key = createHash('sha256').update(readFileSync(nodeBinary)).digest('hex').slice(0, 16);
  const [streamFile, factsFile] = [join(cache, `node-${key}.xz`), join(cache, `node-${key}.json`)];
  if (!existsSync(streamFile) || !existsSync(factsFile)) {
    mkdirSync(cache, { recursive: true });
    const content = strippedNode();
    writeWhole(streamFile, xz(tarEntries([{ path: NODE_PATH, content, mode: 0o755 }]), 6));
    writeWhole(factsFile, Buffer.from(JSON.stringify({ size: content.length, md5: md5(content) })));
  }
  const facts: ControlFacts['node'] = JSON.parse(readFileSync(factsFile, 'utf8'));
  return { stream: readFileSync(streamFile), facts };
}

function writeWhole(path: string, content: Buffer): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}

function build(version: string): Buffer {
  const node = compressedNode();
  const { directories, files } = packageContents(version);
  const data = joinXz([
    xz(tarEntries([{ path: '', content: Buffer.alloc(0), mode: 0o755 }, ...directories]), 6),
    node.stream,
    xz(Buffer.concat([tarEntries(files), TAR_END]), 6),
  ]);
  const control = xz(Buffer.concat([tarEntries(controlEntries({ version, files, node: node.facts })), TAR_END]), 6);
  return arArchive([
    { name: 'debian-binary', content: Buffer.from('2.0\n') },
    { name: 'control.tar.xz', content: control },
    { name: 'data.tar.xz', content: data },
  ]);
}

function ownVersion(): string {
  const manifest: { version: string } = JSON.parse(readFileSync(join(root, 'apps/agent/package.json'), 'utf8'));
  return manifest.version;
}

const { values } = parseArgs({ options: { version: { type: 'string' } } });
const version = values.version ?? ownVersion();
if (!/^\d[0-9A-Za-z.+~]*$/.test(version)) throw new Error(`not a Debian version: ${version}`);
const path = join(dist, `techulus-agent_${version}_amd64.deb`);
mkdirSync(dist, { recursive: true });
const deb = build(version);
if (deb.length > MOST_BYTES) throw new Error(`the package has ${deb.length} bytes, more than ${MOST_BYTES}`);
const same = existsSync(path) && readFileSync(path).equals(deb);
if (!same) writeWhole(path, deb);
const megabytes = (deb.length / 1024 / 1024).toFixed(1);
console.log(`deb: ${path.slice(root.length + 1)}, ${megabytes} MB${same ? ', as it was' : ''}`);
