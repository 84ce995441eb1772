/** The control plane's REST surface, as an operator's script uses it. */
import { readLabJson } from '@techulus/lab';

export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(what: string, status: number, problem: { code?: string; detail?: string; title?: string }) {
    super(`${what} answered ${status} ${problem.code ?? ''}: ${problem.detail ?? problem.title ?? ''}`);
    this.name = 'Refusal';
    this.status = status;
    this.code = problem.code ?? '';
  }
}

interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

async function send<T>(method: string, path: string, body?: unknown): Promise<T> {
  const { apiUrl, adminToken } = readLabJson();
  const headers = { authorization: `Bearer ${adminToken ?? ''}`, 'content-type': 'application/json' };
  const payload = body === undefined ? {} : { body: JSON.stringify(body) };
  const signal = AbortSignal.timeout(15_000);
  const response = await fetch(`${apiUrl}/api/v1${path}`, { method, headers, signal, ...payload });
  const text = await response.text();
  const answer = text === '' ? {} : JSON.parse(text);
  if (!response.ok) throw new Refusal(`${method} ${path}`, response.status, answer);
  return answer;
}

async function list<T>(path: string): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const more: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: Page<T> = await send('GET', `${path}${path.includes('?') ? '&' : '?'}limit=100${more}`);
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return items;
}

export const rest = {
  get: <T>(path: string) => send<T>('GET', path),
  post: <T>(path: string, body: unknown = {}) => send<T>('POST', path, body),
  patch: <T>(path: string, body: unknown) => send<T>('PATCH', path, body),
  put: <T>(path: string, body: unknown) => send<T>('PUT', path, body),
  delete: <T>(path: string) => send<T>('DELETE', path),
  list,
};

/** The status of what is asked for: 404 when it is gone. */
export async function statusOf(path: string): Promise<number> {
  try {
    await rest.get(path);
    return 200;
  } catch (error) {
    if (error instanceof Refusal) return error.status;
    throw error;
  }
}
