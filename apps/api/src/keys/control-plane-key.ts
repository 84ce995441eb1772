import { join } from 'node:path';
import { ed25519KeyPair, fingerprint, type KeyPair, signEd25519 } from '@techulus/keys';
import { readSecretFile, writeSecretFile } from './secret-file.ts';

export const CONTROL_PLANE_KEY_FILE = 'control-plane.key';

/** What the control plane is known by: registration tokens carry the fingerprint, answers to registrations the signature. */
export class ControlPlaneKey {
  readonly publicKey: string;
  readonly fingerprint: string;

  constructor(private readonly pair: KeyPair) {
    this.publicKey = pair.publicKey;
    this.fingerprint = fingerprint(pair.publicKey);
  }

  sign(text: string): string {
    return signEd25519(this.pair.privateKey, text);
  }
}

/** The key in the state directory, made at the first start. */
export function openControlPlaneKey(stateDirectory: string): ControlPlaneKey {
  const path = join(stateDirectory, CONTROL_PLANE_KEY_FILE);
  const known = readSecretFile(path);
  if (known !== undefined) return new ControlPlaneKey(JSON.parse(known) as KeyPair);
  const pair = ed25519KeyPair();
  writeSecretFile(path, `${JSON.stringify(pair)}\n`);
  return new ControlPlaneKey(pair);
}
