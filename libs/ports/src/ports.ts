/** Milliseconds since the Unix epoch (`now`) and a clock that never goes back (`monotonic`, milliseconds). */
export interface Clock {
  now(): number;
  monotonic(): number;
}

/** A timer that was set; `cancel` is idempotent. */
export interface Timer {
  cancel(): void;
}

/** Timers, in milliseconds. A timer does not keep the process alive unless `keepAlive` is given. */
export interface Timers {
  after(ms: number, run: () => void, options?: { keepAlive?: boolean }): Timer;
  every(ms: number, run: () => void): Timer;
}

export interface Random {
  /** A UUID of version 7 (RFC 9562): sortable by the time it was made. */
  id(): string;
  bytes(length: number): Uint8Array;
  /** A number in [0, 1). */
  fraction(): number;
}

/** SHA-256 of the UTF-8 text, as lower-case hexadecimal. */
export type Hash = (text: string) => string;
