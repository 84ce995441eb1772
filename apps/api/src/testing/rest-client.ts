/** The REST surface as a script sees it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestControlPlane } from './test-control-plane.ts';

export interface RestAnswer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export class RestClient {
  readonly token: string;

  constructor(private readonly plane: TestControlPlane) {
    this.token = readFileSync(join(plane.config.stateDirectory, 'admin-token'), 'utf8').trim();
  }

  async send<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<RestAnswer<T>> {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${this.plane.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(text === undefined ? {} : { body: text }),
    });
    const answered = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (answered === '' ? {} : JSON.parse(answered)) as T,
    };
  }

  get<T = Record<string, unknown>>(path: string, headers?: Record<string, string>): Promise<RestAnswer<T>> {
    return this.send<T>('GET', path, undefined, headers);
  }

  /** For steps that a test stands on: anything but success is thrown. */
  async must<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.send<T>(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
}
