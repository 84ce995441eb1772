import { type ClassConstructor, plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';

export class InvalidMessage extends Error {
  readonly code = 'body_invalid';
  readonly fields: readonly { field: string; message: string }[];
  constructor(what: string, fields: readonly { field: string; message: string }[]) {
    super(`${what} is not valid: ${fields.map((f) => f.message).join('; ')}`);
    this.name = 'InvalidMessage';
    this.fields = fields;
  }
}

function flatten(errors: readonly ValidationError[], path: string): { field: string; message: string }[] {
  return errors.flatMap((error) => {
    const field = path === '' ? error.property : `${path}.${error.property}`;
    const own = Object.values(error.constraints ?? {}).map((message) => ({ field, message }));
    return [...own, ...flatten(error.children ?? [], field)];
  });
}

/** class-transformer throws on keys such as `constructor`: that is the sender's fault, not ours. */
function instanceOf<T extends object>(type: ClassConstructor<T>, value: object): T {
  try {
    return plainToInstance(type, value);
  } catch {
    throw new InvalidMessage(type.name, [{ field: '', message: 'it has a field that no message has' }]);
  }
}

/**
 * The value as it was sent, checked against the message's class. For what is hashed: a newer peer's parts may have
 * fields that this release does not know, and its hash covers them.
 */
export function checkMessage<T extends object>(type: ClassConstructor<T>, value: unknown): T {
  parseMessage(type, value, 'tolerant');
  return value as T;
}

/**
 * The plain value as an instance of the message's class, or InvalidMessage naming the fields.
 * Unknown fields are refused from callers (`strict`) and dropped from a newer peer (`tolerant`: releases only gain fields).
 */
export function parseMessage<T extends object>(
  type: ClassConstructor<T>,
  value: unknown,
  unknownFields: 'strict' | 'tolerant',
): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidMessage(type.name, [{ field: '', message: 'must be a JSON object' }]);
  }
  const instance = instanceOf(type, value);
  const errors = validateSync(instance, {
    whitelist: true,
    forbidNonWhitelisted: unknownFields === 'strict',
    stopAtFirstError: true,
  });
  if (errors.length > 0) throw new InvalidMessage(type.name, flatten(errors, ''));
  return instance;
}
