/** A controller's answer with what belongs into its headers (answer.interceptor.ts). */
export class Answer<T> {
  constructor(
    readonly body: T,
    readonly headers: { readonly position?: number; readonly version?: number },
  ) {}
}

/** What a read answers of one resource: its version is what `If-Match` is compared with. */
export function shown<T extends { readonly version: number }>(body: T): Answer<T> {
  return new Answer(body, { version: body.version });
}

/** What a write answers: the resource as it is now, and the position from which reads see it. */
export function written<T extends object>(body: T, position: number): Answer<T & { position: number }> {
  const version = 'version' in body && typeof body.version === 'number' ? { version: body.version } : {};
  return new Answer({ ...body, position }, { position, ...version });
}
