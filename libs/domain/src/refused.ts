/**
 * An order that cannot be carried out. `kind` is what the edge turns into a status; `code` is stable and public;
 * the message says what was wrong and what to do.
 */
export class Refused extends Error {
  readonly code: string;
  readonly kind: 'invalid' | 'not_found' | 'conflict' | 'forbidden';
  readonly field: string | undefined;
  constructor(kind: Refused['kind'], code: string, message: string, field?: string) {
    super(message);
    this.name = 'Refused';
    this.kind = kind;
    this.code = code;
    this.field = field;
  }
}

export function notFound(noun: string, id: string): Refused {
  return new Refused('not_found', `${noun}_not_found`, `there is no ${noun} ${id}`);
}
