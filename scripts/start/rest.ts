/** The control plane's REST surface, as the demo needs it. */
export interface Rest {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: unknown): Promise<T>;
  /** All items of a list, page after page. */
  list<T>(path: string): Promise<T[]>;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string | null;
}

export class RestError extends Error {
  readonly code: string;

  constructor(what: string, status: number, problem: { code?: string; title?: string; detail?: string }) {
    super(`${what} answered ${status} ${problem.code ?? ''}: ${problem.detail ?? problem.title ?? 'no reason given'}`);
    this.name = 'RestError';
    this.code = problem.code ?? 'unknown';
  }
}

export function openRest(apiUrl: string, adminToken: string): Rest {
  const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };

  async function send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const payload = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${apiUrl}/api/v1${path}`, { method, headers, ...payload });
    const text = await response.text();
    const answer = text === '' ? {} : JSON.parse(text);
    if (!response.ok) throw new RestError(`${method} ${path}`, response.status, answer);
    return answer;
  }

  async function list<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | null | undefined = '';
    do {
      const page: Page<T> = await send('GET', cursor === '' ? path : `${path}?cursor=${encodeURIComponent(cursor)}`);
      items.push(...page.items);
      cursor = page.next;
    } while (typeof cursor === 'string');
    return items;
  }

  return {
    get: (path) => send('GET', path),
    post: (path, body) => send('POST', path, body),
    list,
  };
}
