/**
 * What both commands need before anything of ours can run: `bootstrap.mjs start | test`. Plain JavaScript for the system's
 * Node 20, without a package; it refuses with one line, installs what is missing, and hands over to Node 24.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, 'node_modules', '.bin');

/**
 * Debian packages by the file that shows they are there: what the lines to try and the build need. What the nodes need is
 * installed by the lab, which also runs without us.
 */
const packages = [
  ['curl', '/usr/bin/curl'],
  ['ca-certificates', '/etc/ssl/certs/ca-certificates.crt'],
  ['xz-utils', '/usr/bin/xz'],
];

const gibibyte = 2 ** 30;
const diskNeeded = 8 * gibibyte;

class Refusal extends Error {}

function say(text) {
  console.log(`▸ ${text}`);
}

function release() {
  if (!existsSync('/etc/os-release')) return {};
  const lines = readFileSync('/etc/os-release', 'utf8').split('\n');
  return Object.fromEntries(lines.map((line) => line.replaceAll('"', '').split('=', 2)));
}

function checkMachine() {
  const { ID, VERSION_ID, PRETTY_NAME } = release();
  if (ID !== 'debian' || VERSION_ID !== '12') {
    throw new Refusal(`This needs Debian 12, and this machine says it is ${PRETTY_NAME ?? process.platform}.`);
  }
  if (process.arch !== 'x64') throw new Refusal(`This needs an x86-64 machine, and this one is ${process.arch}.`);
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new Refusal(`This needs Node 20 or newer, and this is ${process.version}.`);
  }
  if (process.getuid() !== 0) {
    throw new Refusal('This needs root, for namespaces, mounts and packages: run it as root, or with sudo.');
  }
}

function checkDisk() {
  const { bavail, bsize } = statfsSync(root);
  const free = bavail * bsize;
  // What was installed and cached before does not have to fit again.
  const needed = existsSync(join(root, '.lab')) ? diskNeeded / 4 : diskNeeded;
  if (free >= needed) return;
  const [has, wants] = [free, needed].map((bytes) => `${(bytes / gibibyte).toFixed(1)} GiB`);
  throw new Refusal(`This needs ${wants} of free disk below ${root}, and there are ${has}.`);
}

function must(what, command, args, env = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (result.status !== 0)
    throw new Refusal(`${what} failed: \`${[command, ...args].join(' ')}\` (its words are above).`);
}

function installPackages() {
  const missing = packages.filter(([, file]) => !existsSync(file)).map(([name]) => name);
  if (missing.length === 0) return;
  say(`installing Debian packages: ${missing.join(', ')}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  must('Reading the package lists', 'apt-get', ['update', '-qq'], env);
  must('Installing packages', 'apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], env);
}

/** npm notes what it installed; a package that differs from the lock file, or is absent without being optional, is stale. */
function modulesAreStale() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed) || !existsSync(join(bin, 'node'))) return true;
  const read = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;
  const [wanted, present] = [read(join(root, 'package-lock.json')), read(installed)];
  return Object.entries(wanted).some(([path, { version, optional }]) => {
    if (!path.startsWith('node_modules/')) return false;
    return present[path] === undefined ? optional !== true : present[path].version !== version;
  });
}

function installModules() {
  if (!modulesAreStale()) return;
  say('installing npm packages (about a minute)');
  must('Installing npm packages', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

/** The terminal sends Ctrl-C to the whole group, npm and init send signals to us alone: the script takes either, once. */
function handOver(script, args) {
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  delete env.NODE_OPTIONS;
  const child = spawn(join(bin, 'node'), [script, ...args], { cwd: root, stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

try {
  const [command, ...args] = process.argv.slice(2);
  if (command !== 'start' && command !== 'test') throw new Refusal('Usage: bootstrap.mjs start | test');
  checkMachine();
  checkDisk();
  installPackages();
  installModules();
  handOver(join('scripts', `${command}.ts`), args);
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
