export type EmbeddedPostgresErrorCode =
  | 'postgres_missing'
  | 'postgres_unreachable'
  | 'postgres_in_use'
  | 'postgres_init_failed'
  | 'postgres_start_failed';

/** One line that says what is wrong with the embedded PostgreSQL and what to do about it. */
export class EmbeddedPostgresError extends Error {
  readonly code: EmbeddedPostgresErrorCode;

  constructor(code: EmbeddedPostgresErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = 'EmbeddedPostgresError';
  }
}
