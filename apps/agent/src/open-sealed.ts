/** Values that only this server can read, for the deployment that refers to them. Never logged, never on disk opened. */
import type { DeploymentPart, RegistryAccess } from '@techulus/contract';
import { type KeyPair, open } from '@techulus/keys';

type Sealed = (name: string) => string | undefined;

export class SecretMissing extends Error {
  readonly code = 'secret_missing';
  constructor(name: string) {
    super(`the control plane has not sent ${name}; it is asked for everything again`);
    this.name = 'SecretMissing';
  }
}

function opened(sealed: Sealed, key: KeyPair, name: string): string {
  const value = sealed(name);
  if (value === undefined) throw new SecretMissing(name);
  return open(key, value);
}

/** By the environment variable that gets the value. */
export function openSecrets(part: DeploymentPart, sealed: Sealed, key: KeyPair): Record<string, string> {
  return Object.fromEntries(
    part.secrets.map(({ env, id, version }) => [env, opened(sealed, key, `secret/${id}@${version}`)]),
  );
}

export function openRegistryAccess(part: DeploymentPart, sealed: Sealed, key: KeyPair): RegistryAccess | null {
  if (part.registry == null) return null;
  const { host, version } = part.registry;
  return JSON.parse(opened(sealed, key, `registry/${host}@${version}`)) as RegistryAccess;
}
