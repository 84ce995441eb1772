/** The few REST calls the lab makes, as any operator's script would. */
import { LabProblem, errorText } from './problem.ts';

export interface ApiTarget {
  readonly url: string;
  readonly token: string;
}

export interface ServerResource {
  readonly id: string;
  readonly name: string;
  readonly status: 'registering' | 'online' | 'offline' | 'removing' | 'removed';
  readonly subnetId?: number | null;
  readonly lastSeenAt?: string | null;
}

export interface CreatedServer extends ServerResource {
  readonly installLine: string;
}

interface Problem {
  readonly code?: string;
  readonly title?: string;
  readonly detail?: string;
}

async function call<T>(target: ApiTarget, method: string, path: string, body?: unknown): Promise<T> {
  const headers = {
    authorization: `Bearer ${target.token}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const url = `${target.url}/api/v1${path}`;
  const init = {
    method,
    headers,
    signal: AbortSignal.timeout(30_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  const answer = await fetch(url, init).catch((error: unknown) => {
    throw new LabProblem('api_unreachable', `the control plane did not answer ${method} ${path}: ${errorText(error)}`, {
      cause: error,
    });
  });
  const text = await answer.text();
  if (answer.ok) return (text === '' ? undefined : JSON.parse(text)) as T;
  const problem = (text.startsWith('{') ? JSON.parse(text) : {}) as Problem;
  const said = problem.detail ?? problem.title ?? text.slice(0, 200);
  throw new LabProblem(
    problem.code ?? `http_${answer.status}`,
    `the control plane refused ${method} ${path} with ${answer.status}: ${said}`,
    { status: answer.status },
  );
}

/** A removed server's name may be taken again, so only living ones count. */
export async function findServer(target: ApiTarget, name: string): Promise<ServerResource | undefined> {
  let cursor = '';
  do {
    const page = await call<{ items: ServerResource[]; next?: string | null }>(
      target,
      'GET',
      `/servers?limit=100${cursor}`,
    );
    const found = page.items.find((server) => server.name === name && server.status !== 'removed');
    if (found !== undefined) return found;
    cursor = page.next ? `&cursor=${encodeURIComponent(page.next)}` : '';
  } while (cursor !== '');
  return undefined;
}

export async function getServer(target: ApiTarget, id: string): Promise<ServerResource> {
  return await call(target, 'GET', `/servers/${id}`);
}

async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof LabProblem && error.status === 404) return undefined;
    throw error;
  }
}

/** Undefined: the cluster does not know it, or removes it. */
export async function findServerById(target: ApiTarget, id: string): Promise<ServerResource | undefined> {
  const server = await orUndefined(getServer(target, id));
  return server === undefined || ['removing', 'removed'].includes(server.status) ? undefined : server;
}

export async function createServer(target: ApiTarget, name: string, role: 'worker' | 'proxy'): Promise<CreatedServer> {
  return await call(target, 'POST', '/servers', { name, role });
}

export async function renewInstallLine(target: ApiTarget, id: string): Promise<string> {
  const answer = await call<{ installLine: string }>(target, 'POST', `/servers/${id}/registration-token`);
  return answer.installLine;
}

/** Asked first: writing the same again is an event, and makes every server's part with it new. */
export async function allowPlainRegistry(target: ApiTarget, registry: string): Promise<void> {
  const path = `/registry-credentials/${encodeURIComponent(registry)}`;
  const known = await orUndefined(call<{ plainHttp?: boolean }>(target, 'GET', path));
  if (known?.plainHttp !== true) await call(target, 'PUT', path, { plainHttp: true });
}

export async function readInstallScript(target: ApiTarget): Promise<string> {
  const answer = await fetch(`${target.url}/install/agent.sh`, { signal: AbortSignal.timeout(30_000) });
  return await answer.text();
}

export async function isReady(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/api/v1/health/ready`, { signal: AbortSignal.timeout(5000) }).catch(
    () => undefined,
  );
  await answer?.arrayBuffer();
  return answer?.ok === true;
}
