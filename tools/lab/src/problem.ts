interface Circumstances {
  readonly cause?: unknown;
  /** Of an HTTP answer. */
  readonly status?: number;
}

/** Something an operator can act on: printed as one line, without a stack. */
export class LabProblem extends Error {
  readonly code: string;
  readonly status: number | undefined;

  constructor(code: string, message: string, { cause, status }: Circumstances = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'LabProblem';
    this.code = code;
    this.status = status;
  }
}

export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
