/** The `Idempotency-Key` of a request: what it must look like, and the write that it names. */
import type { Request } from 'express';
import type { Once } from '../commands/once.ts';
import { invalid } from '../problem/edge-error.ts';

export const IDEMPOTENCY_KEY = 'Idempotency-Key';
const FORM = /^[\x21-\x7e]{1,255}$/;

/** Which request is carried out under which key; gone with the request. */
const named = new WeakMap<Request, Once>();

export function nameOnce(request: Request, once: Once): void {
  named.set(request, once);
}

/** Undefined: the request carries no key. */
export function onceOf(request: Request): Once | undefined {
  return named.get(request);
}

export function idempotencyKey(request: Request): string | undefined {
  const key = request.get(IDEMPOTENCY_KEY);
  if (key === undefined || request.method === 'GET' || request.method === 'HEAD') return undefined;
  if (!FORM.test(key))
    throw invalid('idempotency_key_invalid', IDEMPOTENCY_KEY, 'must be 1 to 255 visible ASCII characters');
  return key;
}
