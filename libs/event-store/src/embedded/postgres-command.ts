import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import type { Account } from './postgres-account.ts';

/** How to run one of PostgreSQL's programs: who, where its files lie, and whether that account can get there. */
export interface PostgresSite {
  account: Account | undefined;
  /** Holds bin, lib and share. */
  programs: string;
  /** The folder that holds the data directory. */
  directory: string;
  /** True where the account cannot reach both folders by themselves, so that they are mounted where it can. */
  mounted: boolean;
}

export interface Command {
  file: string;
  args: string[];
}

/** Node's main thread is the parent: when it dies, even by kill -9, the kernel sends a "fast shutdown". */
const END_WITH_PARENT = '--pdeathsig=INT';

/**
 * A checkout in /root is closed to every other account. Then the two folders are bound to a place of their own, in a mount
 * namespace that only this PostgreSQL has and that vanishes with it. Everything is exec, so the process keeps its id
 * and its parent.
 */
const MOUNT = `set -e
mount --make-rprivate /
exec 8<"$2" 9<"$3"
mount -t tmpfs -o mode=755 techulus "$1"
mkdir "$1/programs" "$1/state"
mount --bind /proc/self/fd/8 "$1/programs"
mount --bind /proc/self/fd/9 "$1/state"
exec 8<&- 9<&-
shift 3
exec "$@"`;

/** Debian always has it, and nothing of PostgreSQL's lies there. Covered in that namespace only. */
const MOUNT_POINT = '/mnt';

export function findPrograms(): string {
  const name = `@embedded-postgres/linux-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    return join(dirname(entry), '..', 'native');
  } catch (cause) {
    const advice = 'install it with the other packages, or set DATABASE_URL to a PostgreSQL of your own';
    throw new EmbeddedPostgresError('postgres_missing', `the package ${name} is not installed: ${advice}`, { cause });
  }
}

/** Decides whether the account reaches the folders as they lie. */
export function siteOf(account: Account | undefined, programs: string, directory: string): PostgresSite {
  const plain: PostgresSite = { account, programs, directory, mounted: false };
  if (!account || reaches(plain)) return plain;
  const mounted = { ...plain, mounted: true };
  if (reaches(mounted)) return mounted;
  throw new EmbeddedPostgresError(
    'postgres_unreachable',
    `the user with id ${account.uid}, under which PostgreSQL runs, cannot reach ${directory} or ${programs}, and a mount ` +
      'namespace of its own could not be made; move the checkout or set TECHULUS_STATE_DIR to a folder that everybody can enter, ' +
      'for example below /var/lib',
  );
}

function reaches(site: PostgresSite): boolean {
  const { programs, directory } = seen(site);
  const script = 'test -x "$1/bin/postgres" && test -x "$2"';
  const { file, args } = wrap(site, ['sh', '-c', script, 'sh', programs, directory]);
  return spawnSync(file, args, { stdio: 'ignore' }).status === 0;
}

/** The command for `bin/<program>`; `args` may name the folders through `seen`. */
export function postgresCommand(site: PostgresSite, program: string, args: readonly string[]): Command {
  return wrap(site, [join(seen(site).programs, 'bin', program), ...args]);
}

/** Where the folders are from the programs' own point of view. */
export function seen(site: PostgresSite): { programs: string; directory: string } {
  if (!site.mounted) return { programs: site.programs, directory: site.directory };
  return { programs: `${MOUNT_POINT}/programs`, directory: `${MOUNT_POINT}/state` };
}

function wrap(site: PostgresSite, command: readonly string[]): Command {
  const { account } = site;
  const identity = account ? [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'] : [];
  const unprivileged = ['setpriv', ...identity, END_WITH_PARENT, ...command];
  const all = site.mounted
    ? ['unshare', '--mount', 'sh', '-c', MOUNT, 'sh', MOUNT_POINT, site.programs, site.directory, ...unprivileged]
    : unprivileged;
  return { file: all[0] ?? 'setpriv', args: all.slice(1) };
}
