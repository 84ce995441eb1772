import { InvalidMessage, type Problem, type WireCode } from '@techulus/contract';
import { Refused } from '@techulus/domain';
import { NotReady } from '../cluster/not-ready.ts';

/** A request of an agent that is not answered as it wished. */
export class WireRefused extends Error {
  constructor(
    readonly status: number,
    readonly code: WireCode | string,
    message: string,
    readonly more: Partial<Problem> = {},
  ) {
    super(message);
    this.name = 'WireRefused';
  }
}

const STATUS_OF_KIND: Readonly<Record<Refused['kind'], number>> = {
  invalid: 400,
  not_found: 404,
  conflict: 409,
  forbidden: 403,
};
/** Who shows a bad token is not authenticated, rather than not allowed. */
const STATUS_OF_CODE: Readonly<Record<string, number>> = { token_invalid: 401, token_expired: 401 };

/** The refusal that an error means, or null: then it is ours, not the caller's. */
export function refusalOf(error: unknown): WireRefused | null {
  if (error instanceof WireRefused) return error;
  if (error instanceof NotReady) return new WireRefused(503, 'head_unconfirmed', error.message);
  if (error instanceof InvalidMessage)
    return new WireRefused(400, error.code, error.message, { fields: [...error.fields] });
  if (!(error instanceof Refused)) return null;
  return new WireRefused(STATUS_OF_CODE[error.code] ?? STATUS_OF_KIND[error.kind], error.code, error.message);
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'Too large',
  503: 'Unavailable',
};

export function problemOf(refused: WireRefused): Problem {
  const { status, code, message, more } = refused;
  return {
    type: `urn:techulus:problem:${code}`,
    title: TITLES[status] ?? 'Error',
    status,
    code,
    detail: message,
    ...more,
  };
}
