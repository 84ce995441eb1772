/**
 * `GET /api/v1/agent/expected-state`: at once when this server is expected to be something else than it holds, else the
 * moment that changes, or 304 at the end of the wait. Answered from memory.
 */
import {
  type ExpectedStateAnswer,
  formatEntityTag,
  type Generations,
  parseEntityTag,
  type SectionDeltas,
} from '@techulus/contract';
import type { Server } from '@techulus/domain';
import { answerFor, generationsOf, sealedReferences } from '@techulus/expected-state';
import type { Hash } from '@techulus/ports';
import type { LiveCluster } from '../cluster/live-cluster.ts';
import type { Caller } from './authenticate.ts';
import type { SealedValues } from './sealed-values.ts';
import { jsonAnswer, type WireAnswer } from './wire-answer.ts';
import { WireRefused } from './wire-refused.ts';
import type { WireRequest } from './wire-request.ts';

const LONGEST_WAIT_SECONDS = 30;

function secondsToWait(request: WireRequest): number {
  const asked = /(?:^|[\s,;])wait=(\d{1,6})(?:$|[\s,;])/.exec(request.header('prefer') ?? '')?.[1];
  return Math.min(Number(asked ?? 0), LONGEST_WAIT_SECONDS);
}

export interface PollParts {
  readonly live: LiveCluster;
  readonly sealed: SealedValues;
  readonly hash: Hash;
  readonly controlPlanes: readonly string[];
}

export class Poll {
  private readonly tags = new Map<string, { position: number; epoch: number; tag: string | null }>();

  constructor(private readonly parts: PollParts) {}

  /** The answer to who holds exactly what there is and does not wait for more; undefined for everybody else. */
  unchanged(caller: Caller, request: WireRequest): WireAnswer | undefined {
    const given = request.header('if-none-match');
    if (given === undefined || given !== this.entityTag(caller.server.id)) return undefined;
    if (secondsToWait(request) > 0 || this.parts.live.whyUnready() !== null) return undefined;
    return { status: 304, body: '', entityTag: given };
  }

  async answer(caller: Caller, request: WireRequest): Promise<WireAnswer> {
    const { id } = caller.server;
    const { live } = this.parts;
    const given = request.header('if-none-match') ?? '';
    const seconds = secondsToWait(request);
    // Who holds exactly what we would send is not ahead of us.
    if (given !== this.entityTag(id)) await this.catchUpTo(parseEntityTag(given) ?? {});
    live.requireReady();
    if (seconds > 0 && given === this.entityTag(id)) {
      await live.watchers.wait(() => given !== this.entityTag(id), seconds * 1000, request.signal);
      live.requireReady();
    }
    const entityTag = this.entityTag(id);
    if (entityTag !== null && entityTag === given) return { status: 304, body: '', entityTag };
    return this.changes(caller, parseEntityTag(given) ?? {}, entityTag);
  }

  private async changes(caller: Caller, held: Generations, entityTag: string | null): Promise<WireAnswer> {
    const { id } = caller.server;
    const { live } = this.parts;
    const server = live.state.servers.get(id);
    if (entityTag === null || server === undefined) {
      throw new WireRefused(410, 'server_removed', `server ${caller.server.name} was removed from the cluster`, {
        serverId: id,
      });
    }
    // Before any await: tag, head and parts are of one moment.
    const { head } = live;
    const sections = answerFor(live.state, id, live.epoch, held, this.parts.hash);
    return jsonAnswer(200, await this.expectedState(server, head, sections), entityTag);
  }

  /** The generations that a server has to hold, or null when it is no longer one of ours; made once a position. */
  private entityTag(id: string): string | null {
    const { live } = this.parts;
    const { position } = live.state;
    const known = this.tags.get(id);
    if (known !== undefined && known.position === position && known.epoch === live.epoch) return known.tag;
    const removed = live.state.servers.get(id)?.removed !== false;
    const tag = removed ? null : formatEntityTag(generationsOf(live.state, id, live.epoch));
    this.tags.set(id, { position, epoch: live.epoch, tag });
    return tag;
  }

  /** What the server holds may come from another process that is ahead of this one. */
  private async catchUpTo(held: Generations): Promise<void> {
    const { live } = this.parts;
    const ours = Object.values(held).filter(({ epoch }) => epoch === live.epoch);
    const position = Math.max(0, ...ours.map((generation) => generation.position));
    await live.caughtUp(position);
  }

  private async expectedState(
    server: Server,
    head: { position: number; hash: string },
    sections: SectionDeltas,
  ): Promise<ExpectedStateAnswer> {
    return {
      serverId: server.id,
      subnetId: server.registration?.subnetId ?? 0,
      position: head.position,
      head: head.hash,
      controlPlanes: [...this.parts.controlPlanes],
      sections,
      sealed: await this.parts.sealed.sealedFor(server, sealedReferences(sections)),
    };
  }
}
