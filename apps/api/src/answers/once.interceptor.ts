import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Request, Response } from 'express';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { Answer } from './answer.ts';
import { KeptAnswers, type NamedWrite } from './kept-answers.ts';
import { idempotencyKey, nameOnce } from './once-header.ts';

/** Says that an answer was given before. */
export const REPLAYED_HEADER = 'Idempotency-Replayed';

/** A write with an Idempotency-Key is carried out once; whoever repeats it gets the answer of the first time. */
@Injectable()
export class OnceInterceptor implements NestInterceptor {
  constructor(private readonly kept: KeptAnswers) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const key = idempotencyKey(request);
    if (key === undefined) return next.handle();
    const { method, originalUrl, body, route } = request as Request & { body: unknown; route: { path: string } };
    const scope = { token: request.get('authorization') ?? '', route: `${method} ${route.path}`, key };
    const write = this.kept.named(scope, { method, url: originalUrl, body: body ?? null });
    const before = await write.answered();
    if (before === null) return from(this.firstTime(request, write, next));
    http.getResponse<Response>().setHeader(REPLAYED_HEADER, 'true');
    return from([new Answer(before.body, before.headers)]);
  }

  private async firstTime(request: Request, write: NamedWrite, next: CallHandler): Promise<unknown> {
    nameOnce(request, write);
    const result: unknown = await lastValueFrom(next.handle());
    if (!(result instanceof Answer)) return result;
    const { body, headers } = await write.answer({ body: result.body, headers: result.headers });
    return new Answer(body, headers);
  }
}
