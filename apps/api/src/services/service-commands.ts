import { Injectable } from '@nestjs/common';
import {
  changeService,
  createService,
  deleteService,
  requireService,
  type Service,
  type ServiceId,
} from '@techulus/domain';
import { LiveCluster } from '../cluster/live-cluster.ts';
import { Commands, type Executed } from '../commands/execute.ts';
import type { CommandMeta } from '../commands/once.ts';
import { requireMatch } from '../input/request.ts';
import { Images, type PinnedImage } from './images.ts';
import { changesInside, NEW_SPEC, placementOf, specOf, strategyOf } from './service-spec.ts';
import type { ChangeServiceBody, CreateServiceBody } from './service.dto.ts';

/** Registries are asked before the decision: no transaction waits for the network. */
@Injectable()
export class ServiceCommands {
  constructor(
    private readonly commands: Commands,
    private readonly live: LiveCluster,
    private readonly images: Images,
  ) {}

  async create(body: CreateServiceBody, meta: CommandMeta): Promise<Executed<ServiceId>> {
    const image = await this.images.resolve(body.image);
    const { projectId, name, replicas = 1, placement = {}, strategy = {}, drainSeconds = 10 } = body;
    return this.commands.execute(
      (draft) =>
        createService(draft, {
          ...{ projectId, name, replicas, drainSeconds },
          placement: placementOf(draft.cluster, placement),
          strategy: strategyOf(strategy),
          spec: specOf(draft.cluster, NEW_SPEC, body, image),
        }),
      meta,
    );
  }

  async change(
    id: ServiceId,
    body: ChangeServiceBody,
    ifMatch: string | undefined,
    meta: CommandMeta,
  ): Promise<Executed<void>> {
    const image = await this.imageFor(id, body);
    const { replicas, placement, strategy, drainSeconds } = body;
    return this.commands.execute((draft) => {
      const service = requireService(draft.cluster, id);
      requireMatch(ifMatch, service.version);
      const before = service.revisions.get(service.latestRevision);
      changeService(draft, {
        id,
        ...(image === null ? {} : { spec: specOf(draft.cluster, before ?? NEW_SPEC, body, image) }),
        ...(replicas === undefined ? {} : { replicas }),
        ...(placement === undefined
          ? {}
          : { placement: placementOf(draft.cluster, { ...service.placement, ...given(placement) }) }),
        ...(strategy === undefined ? {} : { strategy: strategyOf({ ...service.strategy, ...given(strategy) }) }),
        ...(drainSeconds === undefined ? {} : { drainSeconds }),
      });
    }, meta);
  }

  /** Answers the service as it was when its deletion was asked for: one without replicas is gone at once. */
  delete(id: ServiceId, ifMatch: string | undefined, meta: CommandMeta): Promise<Executed<Service>> {
    return this.commands.execute((draft) => {
      requireMatch(ifMatch, requireService(draft.cluster, id).version);
      deleteService(draft, { id });
      return requireService(draft.cluster, id);
    }, meta);
  }

  /** The image of the next revision, its tag resolved anew; null where nothing inside changes. */
  private async imageFor(id: ServiceId, body: ChangeServiceBody): Promise<PinnedImage | null> {
    if (!changesInside(body)) return null;
    await this.live.catchUpToHead();
    const service = requireService(this.live.state, id);
    const image = body.image ?? service.revisions.get(service.latestRevision)?.image ?? '';
    return this.images.resolve(image);
  }
}

/** Without the keys that were left out: they keep their value. */
function given<T extends object>(part: T): Partial<T> {
  return Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined)) as Partial<T>;
}
