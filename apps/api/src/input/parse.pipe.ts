import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { InvalidMessage, parseMessage } from '@techulus/contract';
import { EdgeError } from '../problem/edge-error.ts';

const PRIMITIVES: ReadonlySet<unknown> = new Set([String, Boolean, Number, Array, Object, undefined]);
const CODES = { body: 'body_invalid', query: 'query_invalid' };

/** Every body and query as an instance of its class; unknown fields, wrong types and sizes are refused, naming the field. */
@Injectable()
export class ParsePipe implements PipeTransform {
  transform(value: unknown, { metatype, type }: ArgumentMetadata): unknown {
    if (metatype === undefined || PRIMITIVES.has(metatype) || (type !== 'body' && type !== 'query')) return value;
    // Express's query has no prototype, and a missing body is undefined.
    const given = type === 'query' ? { ...(value as object) } : (value ?? {});
    refuseInherited(given, type);
    try {
      return parseMessage(metatype as new () => object, given, 'strict');
    } catch (error) {
      throw refusalOf(error, type);
    }
  }
}

/** class-transformer stumbles over keys such as `constructor`; nothing but the input can be the cause of what it throws. */
function refusalOf(error: unknown, type: 'body' | 'query'): EdgeError {
  if (!(error instanceof InvalidMessage)) return new EdgeError(400, CODES[type], `the ${type} cannot be read`);
  const fields = error.fields.map(({ field, message }) => ({ field, message }));
  return new EdgeError(400, CODES[type], fields.map(({ message }) => message).join('; '), fields);
}

/** class-transformer drops these without a word; as fields of a request they are as unknown as any other. */
function refuseInherited(value: unknown, type: 'body' | 'query'): void {
  for (const field of ['constructor', '__proto__']) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, field)) continue;
    const message = `property ${field} should not exist`;
    throw new EdgeError(400, CODES[type], message, [{ field, message }]);
  }
}
