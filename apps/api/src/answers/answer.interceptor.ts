import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import { type Timers, withDeadline } from '@techulus/ports';
import type { Request, Response } from 'express';
import { map, type Observable } from 'rxjs';
import { LiveCluster } from '../cluster/live-cluster.ts';
import { EdgeError, invalid } from '../problem/edge-error.ts';
import { Projector } from '../projections/projector.ts';
import { TIMERS } from '../tokens.ts';
import { Answer } from './answer.ts';

export const POSITION_HEADER = 'Techulus-Position';
const CATCH_UP_WITHIN_MS = 5000;

/** The position that a read asks to see, in the query or as a header; a query that is no number is refused by its class. */
function wantedPosition(request: Request): number {
  const { position } = request.query;
  if (typeof position === 'string' && /^\d{1,15}$/.test(position)) return Number(position);
  const header = request.get(POSITION_HEADER);
  if (header === undefined) return 0;
  if (!/^\d{1,15}$/.test(header))
    throw invalid('position_invalid', POSITION_HEADER, 'must be a position: a whole number');
  return Number(header);
}

/**
 * Before a read: waits until what it asks for was folded and written to the read models. After the handler: position
 * and version as headers.
 */
@Injectable()
export class AnswerInterceptor implements NestInterceptor {
  constructor(
    private readonly live: LiveCluster,
    private readonly projector: Projector,
    @Inject(TIMERS) private readonly timers: Timers,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<Request>();
    const response = context.switchToHttp().getResponse<Response>();
    const isProbe = request.path.startsWith('/api/v1/health/');
    if (!isProbe) await this.beReady(request);
    // An entity tag names the version that a change is compared with; what is shown beside it moves on without it.
    delete request.headers['if-none-match'];
    return next.handle().pipe(map((result: unknown) => this.finish(response, result)));
  }

  private async beReady(request: Request): Promise<void> {
    const why = this.live.whyUnready();
    if (why !== null) throw new EdgeError(503, 'head_unconfirmed', why);
    if (request.method === 'GET') await this.catchUp(wantedPosition(request));
  }

  /** Also without a wish, a read sees what this process has folded: whoever wrote here sees it. */
  private async catchUp(wanted: number): Promise<void> {
    const position = Math.max(wanted, this.live.state.position);
    try {
      await withDeadline(this.timers, CATCH_UP_WITHIN_MS, `reading up to position ${position}`, async () => {
        await this.live.caughtUp(position);
        await this.projector.caughtUp(position);
      });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new EdgeError(
        503,
        'position_not_reached',
        `this process has not seen position ${position} yet: ${why}; retry`,
      );
    }
  }

  private finish(response: Response, result: unknown): unknown {
    if (response.headersSent) return result;
    response.setHeader('Cache-Control', 'no-store');
    if (!(result instanceof Answer)) {
      response.setHeader(POSITION_HEADER, this.live.state.position);
      return result;
    }
    const { position, version } = result.headers;
    response.setHeader(POSITION_HEADER, position ?? this.live.state.position);
    if (version !== undefined) response.setHeader('ETag', `"${version}"`);
    return result.body as unknown;
  }
}
