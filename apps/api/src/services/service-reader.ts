import { Injectable } from '@nestjs/common';
import { MikroORM } from '@mikro-orm/postgresql';
import { requireService, type Service } from '@techulus/domain';
import { type Page, pageWindow } from '../input/list.ts';
import { DEFAULT_LIMIT } from '../input/read-query.ts';
import { Views } from '../reading/view.ts';
import type { RevisionResource, ServiceResource } from './service-resource.dto.ts';
import { revisionResource, serviceResource } from './service-resource.ts';
import { RevisionRow, ServiceRow } from './service.row.ts';
import type { RevisionsQuery, ServiceQuery } from './service.dto.ts';

@Injectable()
export class ServiceReader {
  constructor(
    private readonly orm: MikroORM,
    private readonly views: Views,
  ) {}

  async get(id: string): Promise<ServiceResource> {
    const view = await this.views.now();
    return serviceResource(view, requireService(view.cluster, id));
  }

  async asItWas(service: Service): Promise<ServiceResource> {
    return serviceResource(await this.views.now(), service);
  }

  async list(query: ServiceQuery): Promise<Page<ServiceResource>> {
    const { where, options, page } = pageWindow(query, 'oldest first');
    const ofProject = query.project === undefined ? {} : { projectId: query.project };
    const rows = await this.orm.em.fork().find(ServiceRow, { ...where, ...ofProject, deleted: false }, options);
    const view = await this.views.now();
    return page(rows, ({ id }) => {
      const service = view.cluster.services.get(id);
      return service && serviceResource(view, service);
    });
  }

  /** Newest first; the cursor is the number of the last one shown. */
  async revisions(serviceId: string, query: RevisionsQuery): Promise<Page<RevisionResource>> {
    requireService((await this.views.now()).cluster, serviceId);
    const limit = query.limit ?? DEFAULT_LIMIT;
    const before = query.cursor === undefined ? {} : { number: { $lt: query.cursor } };
    const options = { orderBy: { number: 'desc' as const }, limit: limit + 1 };
    const rows = await this.orm.em.fork().find(RevisionRow, { serviceId, ...before }, options);
    const items = rows.slice(0, limit);
    const last = items.at(-1)?.number ?? null;
    return {
      items: items.map(({ number, createdAt, spec }) => revisionResource(number, createdAt, spec)),
      next: rows.length > limit && last !== null ? String(last) : null,
    };
  }
}
