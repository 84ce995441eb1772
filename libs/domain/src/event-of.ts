/** An event before it has a place in the log. */
export interface EventOf<T extends string, D> {
  readonly type: T;
  readonly data: D;
}
