/**
 * What was done under an Idempotency-Key, for 24 hours: what the command decided, kept in its own transaction, and the answer
 * that was given, as soon as there is one. A process that was killed between the two leaves the first: the answer is then made
 * anew from it, and nothing is decided twice. All of it is encrypted, because an answer may hold a registration token
 * and a request a secret.
 */
import { canonicalJson, type EventStore, type JobRequest, type RowAccess } from '@techulus/event-store';
import { sha256Hex } from '@techulus/keys';
import type { Clock } from '@techulus/ports';
import type { Once } from '../commands/once.ts';
import { valueOf, valueText } from '../commands/value-text.ts';
import type { MasterKey } from '../keys/master-key.ts';
import { EdgeError } from '../problem/edge-error.ts';

export const KEPT_ANSWERS = 'kept_answer';
const KEPT_MS = 24 * 60 * 60 * 1000;

/** Token, route and key: what a key is good for. */
export interface KeyScope {
  readonly token: string;
  readonly route: string;
  readonly key: string;
}

export interface KeptAnswer {
  readonly body: unknown;
  readonly headers: { readonly position?: number; readonly version?: number };
}

interface Kept {
  /** The request's method, path and body. */
  readonly request: string;
  readonly result: unknown;
  readonly answer: KeptAnswer | null;
}

interface KeptRow {
  readonly until: number;
  readonly ciphertext: string;
}

export class KeptAnswers {
  constructor(
    private readonly store: EventStore,
    private readonly masterKey: MasterKey,
    private readonly clock: Clock,
  ) {}

  named(scope: KeyScope, request: unknown): NamedWrite {
    const id = sha256Hex(canonicalJson({ ...scope }));
    return new NamedWrite(
      { store: this.store, masterKey: this.masterKey, clock: this.clock },
      id,
      canonicalJson(request),
    );
  }
}

interface NamedWriteParts {
  readonly store: EventStore;
  readonly masterKey: MasterKey;
  readonly clock: Clock;
}

/** One write under one key. */
export class NamedWrite implements Once {
  constructor(
    private readonly parts: NamedWriteParts,
    private readonly id: string,
    private readonly request: string,
  ) {}

  /** The answer that was given under this key already. */
  async answered(): Promise<KeptAnswer | null> {
    return this.opened(await this.parts.store.rows.get<KeptRow>(KEPT_ANSWERS, this.id))?.answer ?? null;
  }

  async begin(rows: RowAccess): Promise<{ readonly result: unknown } | undefined> {
    const kept = this.opened(await rows.getForUpdate<KeptRow>(KEPT_ANSWERS, this.id));
    return kept === undefined ? undefined : { result: kept.result };
  }

  async keep(rows: RowAccess, result: unknown): Promise<JobRequest> {
    await this.write(rows, { request: this.request, result, answer: null }, this.parts.clock.now() + KEPT_MS);
    return {
      queue: 'forget',
      data: { kind: KEPT_ANSWERS, key: this.id },
      startAfterMs: KEPT_MS,
      singletonKey: this.id,
    };
  }

  /** Of two that made an answer at a time, the first one's counts for both. */
  async answer(given: KeptAnswer): Promise<KeptAnswer> {
    const { result } = await this.parts.store.transact(async ({ rows }) => {
      const row = await rows.getForUpdate<KeptRow>(KEPT_ANSWERS, this.id);
      const kept = this.opened(row);
      if (row === undefined || kept === undefined) return given; // a handler that decided nothing
      if (kept.answer !== null) return kept.answer;
      await this.write(rows, { ...kept, answer: given }, row.until);
      return given;
    });
    return result;
  }

  private async write(rows: RowAccess, kept: Kept, until: number): Promise<void> {
    const ciphertext = this.parts.masterKey.encrypt(this.reference, valueText(kept));
    await rows.put(KEPT_ANSWERS, this.id, { until, ciphertext } satisfies KeptRow);
  }

  /** One whose time is over but that was not forgotten yet counts no more. */
  private opened(row: KeptRow | undefined): Kept | undefined {
    if (row === undefined || row.until <= this.parts.clock.now()) return undefined;
    const kept = valueOf(this.parts.masterKey.decrypt(this.reference, row.ciphertext)) as Kept;
    if (kept.request === this.request) return kept;
    const detail = 'this Idempotency-Key was used for another request; take a new key for each request';
    throw new EdgeError(422, 'idempotency_key_reused', detail);
  }

  private get reference(): string {
    return `${KEPT_ANSWERS}/${this.id}`;
  }
}
