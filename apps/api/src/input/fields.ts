/** The fields of requests: each decorator both checks and documents, so that the two cannot differ. */
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { applyDecorators } from '@nestjs/common';
import { field, type FieldOptions, isStorable, judged } from './field-options.ts';

interface TextRules {
  readonly min?: number;
  readonly max: number;
  readonly pattern?: RegExp;
  /** What the pattern means, read after "must be". */
  readonly form?: string;
}

function wrongText(value: unknown, rules: TextRules): string | null {
  if (typeof value !== 'string') return 'must be a string';
  if (value.length > rules.max) return `must not be longer than ${rules.max} characters`;
  if (value.length < (rules.min ?? 0)) return `must not be shorter than ${rules.min} characters`;
  if (!isStorable(value)) return 'must be well-formed text without NUL';
  if (rules.pattern !== undefined && !rules.pattern.test(value))
    return `must be ${rules.form ?? `like ${rules.pattern.source}`}`;
  return null;
}

export function Text(options: FieldOptions & TextRules): PropertyDecorator {
  const { min, max, pattern } = options;
  const api = {
    type: String,
    maxLength: max,
    ...(min ? { minLength: min } : {}),
    ...(pattern ? { pattern: pattern.source } : {}),
  };
  return field(options, api, [judged('text', (value) => wrongText(value, options))]);
}

export function Whole(options: FieldOptions & { min: number; max: number }): PropertyDecorator {
  const { min, max } = options;
  return field(options, { type: 'integer', minimum: min, maximum: max }, [IsInt(), Min(min), Max(max)]);
}

/** A whole number in a query, where everything is text. */
export function WholeInQuery(options: FieldOptions & { min: number; max: number }): PropertyDecorator {
  const parsed = Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value,
  );
  return applyDecorators(parsed, Whole({ ...options, optional: true }));
}

export function Fraction(options: FieldOptions & { min: number; max: number }): PropertyDecorator {
  const { min, max } = options;
  return field(options, { type: Number, minimum: min, maximum: max }, [IsNumber(), Min(min), Max(max)]);
}

export function Flag(options: FieldOptions = {}): PropertyDecorator {
  return field(options, { type: Boolean }, [IsBoolean()]);
}

export function OneOf(values: readonly string[], options: FieldOptions = {}): PropertyDecorator {
  return field(options, { type: String, enum: [...values] }, [IsIn(values)]);
}

export function Texts(options: FieldOptions & TextRules & { maxItems: number; minItems?: number }): PropertyDecorator {
  const { maxItems, minItems = 0 } = options;
  const wrong = (value: unknown): string | null => {
    if (!Array.isArray(value)) return 'must be a list of strings';
    if (value.length > maxItems) return `must not have more than ${maxItems} items`;
    if (value.length < minItems) return `must have at least ${minItems} items`;
    const at = value.findIndex((item) => wrongText(item, options) !== null);
    return at < 0 ? null : `[${at}] ${wrongText(value[at], options)}`;
  };
  return field(options, { type: [String], maxItems }, [judged('texts', wrong)]);
}

interface TextMapRules {
  readonly key: RegExp;
  /** What a key is, read after "must be". */
  readonly keyForm: string;
  readonly value: TextRules;
  readonly maxKeys: number;
}

function wrongMap(value: unknown, rules: TextMapRules): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'must be an object of strings';
  const entries = Object.entries(value);
  if (entries.length > rules.maxKeys) return `must not have more than ${rules.maxKeys} entries`;
  for (const [key, item] of entries) {
    if (!rules.key.test(key)) return `has the key ${JSON.stringify(key.slice(0, 80))}, which must be ${rules.keyForm}`;
    const wrong = wrongText(item, rules.value);
    if (wrong !== null) return `.${key} ${wrong}`;
  }
  return null;
}

/** Taken as it was sent: class-transformer drops keys such as `constructor`, and stumbles over them where no type is given. */
export function TextMap(options: FieldOptions & TextMapRules): PropertyDecorator {
  const raw = Transform(({ obj, key }: { obj: Record<string, unknown>; key: string }) => obj[key]);
  const api = { type: 'object' as const, additionalProperties: { type: 'string' as const } };
  return applyDecorators(
    Type(() => Object),
    raw,
    field(options, api, [judged('textMap', (value) => wrongMap(value, options))]),
  );
}

const notAList = judged('notAList', (value) => (Array.isArray(value) ? 'must be an object' : null));

// Swagger knows a late type by the name of its function, so it must stand under `type` here.
export function Part(type: () => new () => object, options: FieldOptions = {}): PropertyDecorator {
  return field(options, { type: () => type() }, [IsObject(), notAList, ValidateNested(), Type(type)]);
}

export function Parts(type: () => new () => object, options: FieldOptions & { maxItems: number }): PropertyDecorator {
  const { maxItems } = options;
  return field(options, { type: () => type(), isArray: true, maxItems }, [
    IsArray(),
    ArrayMaxSize(maxItems),
    ValidateNested({ each: true }),
    Type(type),
  ]);
}
