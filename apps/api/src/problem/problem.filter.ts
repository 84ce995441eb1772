import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Log } from '../log.ts';
import { LOG } from '../tokens.ts';
import { problemOf } from './problem-of.ts';

/** The one place where an error becomes HTTP. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOG) private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const body = problemOf(error);
    if (body.status >= 500) this.logFailure(error, host.switchToHttp().getRequest<Request>());
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (body.status === 401) response.setHeader('WWW-Authenticate', 'Bearer realm="techulus"');
    response.status(body.status).type('application/problem+json').send(JSON.stringify(body));
  }

  private logFailure(error: unknown, { method, path }: Request): void {
    this.log.error({ err: error, method, path }, error instanceof Error ? error.message : 'a request failed');
  }
}
