/** This process must not answer or decide now: what it knows of the log may be old, or written by a newer release. */
export class NotReady extends Error {
  readonly code = 'not_ready';
  constructor(why: string, options?: ErrorOptions) {
    super(`this control plane cannot answer now: ${why}`, options);
    this.name = 'NotReady';
  }
}
