import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { ValidateBy, ValidateIf } from 'class-validator';

/** How a field of a request is declared once, for the check and for openapi.json (fields.ts). */
export interface FieldOptions {
  readonly says?: string;
  readonly optional?: boolean;
  readonly nullable?: boolean;
  readonly byDefault?: unknown;
}

/** A left out field is not checked where it is optional; null only passes where it means something. */
export function field(options: FieldOptions, api: ApiPropertyOptions, checks: PropertyDecorator[]): PropertyDecorator {
  const { says, optional = false, nullable = false, byDefault } = options;
  const documented = {
    ...api,
    required: !optional,
    ...(nullable ? { nullable: true } : {}),
    ...(says === undefined ? {} : { description: says }),
    ...(byDefault === undefined ? {} : { default: byDefault }),
  } as ApiPropertyOptions;
  const checked = (_: object, value: unknown): boolean =>
    !(optional && value === undefined) && !(nullable && value === null);
  return applyDecorators(ApiProperty(documented), ValidateIf(checked), ...checks);
}

/** A check of our own: `wrong` answers what is wrong, to be read after the field's name, or null. */
export function judged(name: string, wrong: (value: unknown) => string | null): PropertyDecorator {
  return ValidateBy({
    name,
    validator: {
      validate: (value) => wrong(value) === null,
      defaultMessage: (args) => `${args?.property ?? 'it'} ${wrong(args?.value) ?? 'is not valid'}`,
    },
  });
}

/** PostgreSQL stores neither NUL nor half a surrogate pair. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}
