import type { RegistryAccess } from '@techulus/contract';
import type { HttpExchange } from './http-port.ts';

interface Challenge {
  /** The `WWW-Authenticate` header of the 401. */
  readonly challenge: string;
  readonly path: string;
  readonly access: RegistryAccess | null;
  readonly signal: AbortSignal;
}

function basic(access: RegistryAccess | null): string | null {
  if (access === null || access.username === null) return null;
  return `Basic ${Buffer.from(`${access.username}:${access.password ?? ''}`).toString('base64')}`;
}

/** `key="value"` pairs of a challenge (RFC 9110, section 11.2). */
function parametersOf(challenge: string): Map<string, string> {
  return new Map(
    [...challenge.matchAll(/([a-z_]+)="([^"]*)"/gi)].map(([, key = '', value = '']) => [key.toLowerCase(), value]),
  );
}

/** Credentials go in clear text only where the operator said that this registry is reached in clear text. */
function tokenUrl(challenge: Challenge): URL | null {
  const parameters = parametersOf(challenge.challenge);
  const realm = parameters.get('realm') ?? '';
  if (!URL.canParse(realm)) return null;
  const url = new URL(realm);
  const protocols = challenge.access?.plainHttp === true ? ['http:', 'https:'] : ['https:'];
  if (!protocols.includes(url.protocol)) return null;
  const service = parameters.get('service');
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', parameters.get('scope') ?? `repository:${challenge.path}:pull`);
  return url;
}

function tokenIn(body: Uint8Array): string | null {
  const answer: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
  if (typeof answer !== 'object' || answer === null) return null;
  const { token, access_token: accessToken } = answer as Record<string, unknown>;
  const found = token ?? accessToken;
  return typeof found === 'string' ? found : null;
}

/** What to send as `Authorization` after this challenge, or null where there is nothing to send or it was refused. */
export async function authorizationFor(challenge: Challenge, exchange: HttpExchange): Promise<string | null> {
  const own = basic(challenge.access);
  if (/^basic\b/i.test(challenge.challenge)) return own;
  if (!/^bearer\b/i.test(challenge.challenge)) return null;
  const url = tokenUrl(challenge);
  if (url === null) return null;
  const headers: Record<string, string> = own === null ? {} : { authorization: own };
  const { caPem = null } = challenge.access ?? {};
  const answer = await exchange({ method: 'GET', url: url.href, headers, caPem, signal: challenge.signal });
  const token = answer.status === 200 ? tokenIn(answer.body) : null;
  return token === null ? null : `Bearer ${token}`;
}
