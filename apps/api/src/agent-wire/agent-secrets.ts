import { agentReference, type Ciphertexts } from '../keys/ciphertexts.ts';

/** The HMAC secrets of servers, decrypted once a version. Kept for removed servers too: they are told so, signed. */
export class AgentSecrets {
  private readonly known = new Map<string, string>();

  constructor(private readonly ciphertexts: Ciphertexts) {}

  async secretOf(serverId: string, version: number): Promise<string | undefined> {
    const reference = agentReference(serverId, version);
    const known = this.known.get(reference);
    if (known !== undefined) return known;
    const secret = await this.ciphertexts.read(reference);
    if (secret !== undefined) this.known.set(reference, secret);
    return secret;
  }
}
