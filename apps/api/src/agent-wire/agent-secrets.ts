import { agentReference, type Ciphertexts } from '../keys/ciphertexts.ts';

/** The HMAC secrets of servers, decrypted once a version. Kept for removed servers too: they are told so, signed. */
export class AgentSecrets {
  private readonly known = new Map<string, string>();

  constructor(private readonly ciphertexts: Ciphertexts) {}

  secretOf(serverId: string, version: number): string | Promise<string | undefined> {
    const reference = agentReference(serverId, version);
    return this.known.get(reference) ?? this.decrypted(reference);
  }

  private async decrypted(reference: string): Promise<string | undefined> {
    const secret = await this.ciphertexts.read(reference);
    if (secret !== undefined) this.known.set(reference, secret);
    return secret;
  }
}
