/** What the edge itself refuses, before or beside the domain. The filter turns it into problem+json. */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

export class EdgeError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fields: readonly FieldProblem[] = [],
  ) {
    super(message);
    this.name = 'EdgeError';
  }
}

export function invalid(code: string, field: string, message: string): EdgeError {
  return new EdgeError(400, code, `${field} ${message}`, [{ field, message }]);
}

export function absent(noun: string, id: string): EdgeError {
  return new EdgeError(404, `${noun}_not_found`, `there is no ${noun.replaceAll('_', ' ')} ${id}`);
}
