/**
 * What is signed on the agent's wire. The MAC is HMAC-SHA256 with the server's secret, the registration's signatures are
 * Ed25519; both are made elsewhere, over these texts. docs/wire.md has a worked example.
 */
export const HEADERS = {
  server: 'techulus-server',
  timestamp: 'techulus-timestamp',
  nonce: 'techulus-nonce',
  sequence: 'techulus-sequence',
  signature: 'techulus-signature',
  /** On answers: the control plane's time in milliseconds, covered by the answer's signature. */
  time: 'techulus-time',
} as const;

/** How far a request's timestamp may be from the control plane's clock, in milliseconds. */
export const TIMESTAMP_WINDOW_MS = 60_000;

export interface SignedRequest {
  /** The server's id; `-` at registration. */
  server: string;
  /** Milliseconds since the epoch. */
  timestamp: number;
  /** 16 random bytes, hexadecimal. */
  nonce: string;
  /** Rises with every POST; a GET carries the last one sent. */
  sequence: number;
  method: string;
  /** Path with query, as sent. */
  path: string;
  /** SHA-256 of the body's bytes, hexadecimal. */
  bodyHash: string;
}

export interface SignedAnswer {
  /** Of the request that is answered. */
  nonce: string;
  status: number;
  /** The `Techulus-Time` header. */
  time: number;
  /** The `ETag` header, or `-`. */
  entityTag: string;
  bodyHash: string;
}

export function requestToSign(request: SignedRequest): string {
  const { server, timestamp, nonce, sequence, method, path, bodyHash } = request;
  return ['techulus-request-1', server, timestamp, nonce, sequence, method.toUpperCase(), path, bodyHash].join('\n');
}

export function answerToSign(answer: SignedAnswer): string {
  const { nonce, status, time, entityTag, bodyHash } = answer;
  return ['techulus-answer-1', nonce, status, time, entityTag, bodyHash].join('\n');
}
