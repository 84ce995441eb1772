import { applyDecorators } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';

/** For openapi.json: this changes a resource, so it can be bound to the version that was seen. */
export function ApiChange(): MethodDecorator {
  return applyDecorators(
    ApiHeader({
      name: 'If-Match',
      required: false,
      description: 'The ETag that was seen; 412 when the resource has another version by now.',
      schema: { type: 'string' },
    }),
  );
}
