import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';

/**
 * PostgreSQL refuses to run as root, so as root it runs under an account without rights. That is `postgres`: Debian's own
 * name for it, made here as Debian's package would where it is missing (a later installation of that package takes it
 * over). Not `nobody`: files of `nobody` can be read by every other service that runs as `nobody`.
 */
export interface Account {
  uid: number;
  gid: number;
}

const NAME = 'postgres';

/** The account to run as, or undefined where this process is not root and simply runs it itself. */
export function postgresAccount(dataDirectory: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  // Data that are there belong to whoever they belong to, even after the account was deleted or renumbered.
  return ownerOf(dataDirectory) ?? lookUp() ?? create();
}

function ownerOf(directory: string): Account | undefined {
  const stat = statSync(directory, { throwIfNoEntry: false });
  return stat && stat.uid !== 0 ? { uid: stat.uid, gid: stat.gid } : undefined;
}

function lookUp(): Account | undefined {
  const found = spawnSync('getent', ['passwd', NAME], { encoding: 'utf8' });
  const [, , uid, gid] = (found.stdout ?? '').split(':');
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined;
}

function create(): Account {
  const made = spawnSync(
    'useradd',
    ['--system', '--user-group', '--no-create-home', '--home-dir', '/var/lib/postgresql', '--shell', '/bin/sh', NAME],
    { encoding: 'utf8' },
  );
  const account = lookUp();
  if (account) return account;
  const why = (made.stderr ?? '').trim() || String(made.error ?? 'useradd said nothing');
  throw new Error(`PostgreSQL does not run as root, and the system user "${NAME}" could not be created: ${why}`);
}
