import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { InvalidMessage, parseMessage } from '@techulus/contract';
import { EdgeError } from '../problem/edge-error.ts';

const PRIMITIVES: ReadonlySet<unknown> = new Set([String, Boolean, Number, Array, Object, undefined]);
const CODES: Readonly<Record<string, string>> = { body: 'body_invalid', query: 'query_invalid' };

/** Every body and query as an instance of its class; unknown fields, wrong types and sizes are refused, naming the field. */
@Injectable()
export class ParsePipe implements PipeTransform {
  transform(value: unknown, { metatype, type }: ArgumentMetadata): unknown {
    if (metatype === undefined || PRIMITIVES.has(metatype) || (type !== 'body' && type !== 'query')) return value;
    try {
      // Express's query has no prototype and a missing body is undefined.
      return parseMessage(metatype as new () => object, type === 'query' ? { ...(value as object) } : (value ?? {}), 'strict');
    } catch (error) {
      if (!(error instanceof InvalidMessage)) throw error;
      const fields = error.fields.map(({ field, message }) => ({ field, message }));
      throw new EdgeError(400, CODES[type] ?? 'request_invalid', fields.map((one) => one.message).join('; '), fields);
    }
  }
}
