/** One HTTP exchange with a registry. The port, so that tests and the simulator bring their own network. */
export interface HttpRequest {
  readonly method: 'HEAD' | 'GET';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Certificate authorities in PEM, beside the system's. */
  readonly caPem: string | null;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

export type HttpExchange = (request: HttpRequest) => Promise<HttpAnswer>;
