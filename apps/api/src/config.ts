import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export interface Config {
  /** Holds the embedded PostgreSQL, the master key, the control plane's key, the administrator's first token and api.json. */
  readonly stateDirectory: string;
  readonly listen: readonly ListenAddress[];
  /** Where agents reach the control plane. */
  readonly urls: readonly string[];
  /** Undefined: the embedded PostgreSQL. */
  readonly databaseUrl: string | undefined;
  readonly agentPackage: string;
  readonly installScript: string;
}

export class ConfigInvalid extends Error {
  readonly code = 'config_invalid';
  constructor(variable: string, value: string, wanted: string) {
    super(`${variable} is "${value}": ${wanted}`);
    this.name = 'ConfigInvalid';
  }
}

/** The checkout's root, from the source as from the bundle: both lie three folders below it. */
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

type Environment = Readonly<Record<string, string | undefined>>;

function given(environment: Environment, variable: string): string | undefined {
  const value = environment[variable]?.trim();
  return value === undefined || value === '' ? undefined : value;
}

const list = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

function listenAddress(text: string): ListenAddress {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535)
    throw new ConfigInvalid('TECHULUS_LISTEN', text, 'host:port is wanted, several by commas');
  return { host, port };
}

function url(text: string): string {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw new ConfigInvalid('TECHULUS_URL', text, 'an http:// or https:// URL is wanted, several by commas');
  }
  return parsed.href.replace(/\/+$/, '');
}

/** Where agents reach the control plane, unless it is said: a wildcard is no address to reach. */
function urlOf({ host, port }: ListenAddress): string {
  if (host === '0.0.0.0' || host === '::') {
    throw new ConfigInvalid('TECHULUS_URL', '', `say how agents reach the control plane, since it listens on ${host}`);
  }
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** What `npm run build:deb` makes of this release. */
function builtPackage(): string {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  return join(ROOT, `dist/techulus-agent_${version}_amd64.deb`);
}

export function readConfig(environment: Environment): Config {
  const listen = list(given(environment, 'TECHULUS_LISTEN') ?? '127.0.0.1:7480').map(listenAddress);
  const [first] = listen;
  if (first === undefined) throw new ConfigInvalid('TECHULUS_LISTEN', '', 'at least one host:port is wanted');
  const urls = list(given(environment, 'TECHULUS_URL') ?? urlOf(first)).map(url);
  return {
    stateDirectory: resolve(given(environment, 'TECHULUS_STATE_DIR') ?? join(ROOT, '.state')),
    listen,
    urls,
    databaseUrl: given(environment, 'DATABASE_URL'),
    agentPackage: resolve(given(environment, 'TECHULUS_AGENT_DEB') ?? builtPackage()),
    installScript: join(ROOT, 'packaging/deb/install.sh'),
  };
}
