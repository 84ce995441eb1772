import { Refused } from '@techulus/domain';
import { ClaimConflict, ExpectedVersionConflict, UnstorableData } from '@techulus/event-store';
import { NotReady } from '../cluster/not-ready.ts';
import { EdgeError, type FieldProblem } from './edge-error.ts';

export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  readonly fields?: readonly FieldProblem[];
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  412: 'Precondition failed',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Unprocessable',
  500: 'Internal error',
  503: 'Unavailable',
};

const REFUSED_STATUS: Readonly<Record<Refused['kind'], number>> = {
  invalid: 400,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
};

export function problem(
  status: number,
  code: string,
  detail?: string,
  fields: readonly FieldProblem[] = [],
): ProblemBody {
  return {
    type: `urn:techulus:problem:${code}`,
    title: TITLES[status] ?? 'Error',
    status,
    code,
    ...(detail === undefined ? {} : { detail }),
    ...(fields.length === 0 ? {} : { fields }),
  };
}

function ofRefused(error: Refused): ProblemBody {
  const fields = error.field === undefined ? [] : [{ field: error.field, message: error.message }];
  return problem(REFUSED_STATUS[error.kind], error.code, error.message, fields);
}

/** What the database refused because two commands met; a second try sees the first one's result. */
function ofConflict(error: ExpectedVersionConflict | ClaimConflict): ProblemBody {
  const what =
    error instanceof ClaimConflict
      ? `${error.kind.replaceAll('_', ' ')} ${error.key} is taken`
      : 'it was changed meanwhile';
  return problem(409, error.code, `${what}; load it again and retry`);
}

interface HttpError {
  readonly status: number;
  readonly message: string;
  readonly type?: unknown;
}

/** Nest's exceptions and those of the body parser carry a status. */
function isHttpError(error: unknown): error is HttpError {
  return error instanceof Error && 'status' in error && typeof error.status === 'number';
}

const HTTP_CODES: Readonly<Record<number, string>> = {
  400: 'request_invalid',
  403: 'forbidden',
  404: 'route_not_found',
  405: 'method_not_allowed',
  413: 'body_too_large',
  415: 'media_type_unsupported',
  503: 'unavailable',
};

/** Nest replaces the body parser's message; what it says of the JSON is what helps. */
function ofHttp(error: HttpError): ProblemBody {
  const { status, message } = error;
  if (status === 400 && /JSON|body|charset|encoding|token/i.test(message)) {
    return problem(400, 'body_invalid', `the body is not JSON: ${message}`, [{ field: '', message }]);
  }
  return problem(status, HTTP_CODES[status] ?? (status < 500 ? 'request_invalid' : 'internal_error'), message);
}

const isForClients = (status: number): boolean => status < 500 || status === 503;

/** Any thrown value as the answer that the client gets; what is not meant for clients says nothing of itself. */
export function problemOf(error: unknown): ProblemBody {
  if (error instanceof EdgeError) return problem(error.status, error.code, error.message, error.fields);
  if (error instanceof Refused) return ofRefused(error);
  if (error instanceof NotReady) return problem(503, error.code, error.message);
  if (error instanceof ExpectedVersionConflict || error instanceof ClaimConflict) return ofConflict(error);
  if (error instanceof UnstorableData) return problem(400, 'body_invalid', error.message);
  if (isHttpError(error) && isForClients(error.status)) return ofHttp(error);
  return problem(500, 'internal_error', 'something went wrong here; the log of the control plane says what');
}
