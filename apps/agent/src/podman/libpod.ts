/** Calls of Podman's own API over dockerode's connection. */
import type Docker from 'dockerode';
import { LABELS } from './podman.ts';

const VERSION = '/v4.0.0/libpod';
const STATUS_CODES = { 200: true, 201: true, 204: true } as const;

export const LIBPOD_LABEL_FILTER = JSON.stringify({ label: [LABELS.deployment] });

export interface LibpodContainer {
  readonly Id: string;
  readonly Labels: Record<string, string> | null;
  readonly State: string;
  readonly ExitCode: number;
  /** Seconds since the epoch. */
  readonly StartedAt: number;
  readonly ExitedAt: number;
  readonly Pid: number;
}

export interface LibpodNetwork {
  readonly name: string;
  readonly network_interface?: string;
  readonly subnets?: readonly { readonly subnet: string; readonly gateway: string }[];
  readonly options?: Record<string, string>;
  readonly labels?: Record<string, string>;
}

export interface CallOptions {
  readonly isStream?: boolean;
  readonly signal?: AbortSignal;
  readonly auth?: { readonly username: string; readonly password: string };
}

export function isGone(error: unknown): boolean {
  return (error as { statusCode?: number } | null)?.statusCode === 404;
}

/** `options` are the query of a GET or a stream, else the body. */
export function callLibpod<T>(
  docker: Docker,
  method: 'GET' | 'POST',
  path: string,
  options: Record<string, unknown> = {},
  { isStream = false, signal, auth }: CallOptions = {},
): Promise<T> {
  // docker-modem puts the options into the query when the path ends with a question mark.
  const asQuery = method === 'GET' || isStream;
  return new Promise((resolve, reject) => {
    docker.modem.dial(
      {
        method,
        path: `${VERSION}${path}${asQuery ? '?' : ''}`,
        options,
        isStream,
        statusCodes: STATUS_CODES,
        ...(signal === undefined ? {} : { abortSignal: signal }),
        ...(auth === undefined ? {} : { authconfig: auth }),
      },
      (error: unknown, value: unknown) => (error == null ? resolve(value as T) : reject(error as Error)),
    );
  });
}
