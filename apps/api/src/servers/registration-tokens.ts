import { Inject, Injectable } from '@nestjs/common';
import { formatRegistrationToken } from '@techulus/contract';
import { type Draft, issueToken, type Server } from '@techulus/domain';
import { sha256Hex } from '@techulus/keys';
import type { Random } from '@techulus/ports';
import { Installation } from '../installation/installation.ts';
import { ControlPlaneKey } from '../keys/control-plane-key.ts';
import { isoTime } from '../reading/time.ts';
import { RANDOM } from '../tokens.ts';
import type { RegistrationResource } from './server-body.dto.ts';

const VALID_MS = 24 * 60 * 60 * 1000;
const SECRET_BYTES = 24;

/** A token is made before the decision and stored as a hash; only the answer has it. */
export interface MadeToken {
  readonly id: string;
  readonly text: string;
  readonly hash: string;
}

@Injectable()
export class RegistrationTokens {
  constructor(
    private readonly key: ControlPlaneKey,
    private readonly installation: Installation,
    @Inject(RANDOM) private readonly random: Random,
  ) {}

  make(): MadeToken {
    const id = this.random.id();
    const secret = Buffer.from(this.random.bytes(SECRET_BYTES)).toString('base64url');
    const text = formatRegistrationToken({ id, secret, fingerprint: this.key.fingerprint });
    return { id, text, hash: sha256Hex(secret) };
  }

  /** Answers when it expires. */
  issue(draft: Draft, serverId: string, token: MadeToken): number {
    const expiresAt = draft.now + VALID_MS;
    issueToken(draft, { serverId, tokenId: token.id, hash: token.hash, expiresAt });
    return expiresAt;
  }

  show(token: MadeToken, role: Server['role'], expiresAt: number): RegistrationResource {
    const installLine = this.installation.installLine(token.text, role === 'proxy');
    return { registrationToken: token.text, installLine, expiresAt: isoTime(expiresAt) };
  }
}
