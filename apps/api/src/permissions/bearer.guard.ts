import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { AdminToken } from '../keys/admin-token.ts';
import { EdgeError } from '../problem/edge-error.ts';
import { rightFor } from './permissions.ts';

const BEARER = /^Bearer ([A-Za-z0-9._~+/=-]{1,512})$/i;

function pathOf(request: Request): string {
  const route: unknown = request.route;
  return typeof route === 'object' && route !== null && 'path' in route ? String(route.path) : '';
}

/** Until there are accounts, the administrator's token has every right; the table says which routes need none. */
@Injectable()
export class BearerGuard implements CanActivate {
  constructor(private readonly adminToken: AdminToken) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    const right = rightFor(request.method, pathOf(request));
    if (right === undefined) throw new EdgeError(403, 'forbidden', 'this route is in no permission table');
    if (right === 'public') return true;
    const header = request.get('authorization') ?? '';
    if (header === '') throw new EdgeError(401, 'bearer_token_missing', 'send Authorization: Bearer and your token');
    const token = BEARER.exec(header)?.[1];
    if (token === undefined || !this.adminToken.matches(token)) {
      throw new EdgeError(401, 'bearer_token_invalid', 'this token is not known here');
    }
    return true;
  }
}
