import { Injectable } from '@nestjs/common';
import { MikroORM } from '@mikro-orm/postgresql';
import { type ClusterState, notFound, Refused, type Server } from '@techulus/domain';
import { expectedStateOf } from '@techulus/expected-state';
import { sha256Hex } from '@techulus/keys';
import { type Page, pageWindow } from '../input/list.ts';
import type { ListQuery } from '../input/read-query.ts';
import { Views } from '../reading/view.ts';
import type { ExpectedStateResource } from './expected-state.dto.ts';
import type { ServerResource } from './server-resource.dto.ts';
import { serverResource } from './server-resource.ts';
import { ServerRow } from './server.row.ts';

/** Also a removed one: it is shown, and nothing can be done with it. */
function knownServer(cluster: ClusterState, id: string): Server {
  const server = cluster.servers.get(id);
  if (server === undefined) throw notFound('server', id);
  return server;
}

@Injectable()
export class ServerReader {
  constructor(
    private readonly orm: MikroORM,
    private readonly views: Views,
  ) {}

  async get(id: string): Promise<ServerResource> {
    const view = await this.views.now();
    return serverResource(view, knownServer(view.cluster, id));
  }

  async list(query: ListQuery): Promise<Page<ServerResource>> {
    const { where, options, page } = pageWindow(query, 'oldest first');
    const rows = await this.orm.em.fork().find(ServerRow, { ...where, removed: false }, options);
    const view = await this.views.now();
    return page(rows, ({ id }) => {
      const server = view.cluster.servers.get(id);
      return server && serverResource(view, server);
    });
  }

  async expectedState(id: string): Promise<ExpectedStateResource> {
    const { cluster, epoch } = await this.views.now();
    const server = knownServer(cluster, id);
    if (server.registration === null || server.removed) {
      const why = server.removed ? 'was removed' : 'has not registered yet';
      throw new Refused(
        'conflict',
        'server_not_in_mesh',
        `server ${server.name} ${why}, so it is not expected to be anything`,
      );
    }
    const { containers, dns, traefik, wireguard } = expectedStateOf(cluster, id, epoch, sha256Hex);
    const show = ({ generation, hash, parts }: typeof containers | typeof dns | typeof traefik | typeof wireguard) => ({
      generation,
      hash,
      parts,
    });
    const sections = {
      containers: show(containers),
      dns: show(dns),
      traefik: show(traefik),
      wireguard: show(wireguard),
    };
    return { serverId: id, position: cluster.position, epoch, sections };
  }
}
