/** What a handler needs to know of a request beside its body and query. */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { onceOf } from '../answers/once-header.ts';
import type { CommandMeta } from '../commands/once.ts';
import { EdgeError } from '../problem/edge-error.ts';

const requestOf = (context: ExecutionContext): Request => context.switchToHttp().getRequest<Request>();

/** Who acted, and by which request: kept with every event that follows from it. */
export const Meta = createParamDecorator((_: unknown, context: ExecutionContext): CommandMeta => {
  const request = requestOf(context);
  const once = onceOf(request);
  const meta = { actor: 'administrator', because: `${request.method} ${request.path.slice(0, 200)}` };
  return once === undefined ? meta : { ...meta, once };
});

export const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext): string | undefined =>
  requestOf(context).get('if-match'),
);

/** Refuses a change that was decided on an older version of the resource than there is. */
export function requireMatch(ifMatch: string | undefined, version: number): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  const tags = ifMatch.split(',').map((tag) => tag.trim());
  if (tags.includes(`"${version}"`)) return;
  const detail = `it is at version "${version}", not ${ifMatch.slice(0, 80)}: load it again and decide anew`;
  throw new EdgeError(412, 'precondition_failed', detail);
}
