import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { rightFor } from './permissions/permissions.ts';
import { ProblemDto } from './problem/problem.dto.ts';

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Names this write for 24 hours, per token and route: sent again, it is carried out once and answered as the first ' +
    'time (422 idempotency_key_reused where the request is another one). A refused write leaves nothing behind.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
} as const;
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
const PROBLEM = {
  description: 'What went wrong (RFC 9457).',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/ProblemDto' } } },
};

export interface Route {
  readonly method: string;
  /** As declared: `/api/v1/projects/:id`. */
  readonly path: string;
}

/** Every route of a document. */
export function routesOf(document: OpenAPIObject): Route[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method] !== undefined).map((method) => ({
      method: method.toUpperCase(),
      path: path.replaceAll(/\{(\w+)\}/g, ':$1'),
    })),
  );
}

/** Where the noun and the verb alone would read badly. */
const OPERATION_IDS: Readonly<Record<string, string>> = {
  adoptCluster: 'adoptUnknown',
  stopUnknownCluster: 'stopUnknown',
  isAliveHealth: 'isAlive',
  isReadyHealth: 'isReady',
  whyWhy: 'why',
  revisionsService: 'listRevisions',
  expectedStateServer: 'getExpectedState',
  issueTokenServer: 'issueRegistrationToken',
};

/** The name of a call in the generated client: createProject, listProjects, drainServer. */
function operationId(controller: string, method: string): string {
  const nouns = controller.replace(/(Orders)?Controller$/, '');
  const noun = method === 'list' || nouns === 'RegistryCredentials' ? nouns : nouns.replace(/s$/, '');
  return OPERATION_IDS[method + noun] ?? method + noun;
}

/** What all routes have in common is said once, here: the token, the problems, the right that is needed. */
function complete(document: OpenAPIObject): OpenAPIObject {
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation === undefined) continue;
      const right = rightFor(method, path.replaceAll(/\{(\w+)\}/g, ':$1'));
      if (right === 'public') operation.security = [];
      if (method !== 'get') operation.parameters = [...(operation.parameters ?? []), { ...IDEMPOTENCY_KEY }];
      operation.responses = { ...operation.responses, default: PROBLEM };
      Object.assign(operation, { 'x-right': right });
    }
  }
  return document;
}

export function openApiDocument(app: INestApplication): OpenAPIObject {
  const about = new DocumentBuilder()
    .setTitle('Techulus')
    .setDescription('What an operator, a script and the console use. Agents speak another protocol.')
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer' }, 'token')
    .addSecurityRequirements('token')
    .build();
  return complete(
    SwaggerModule.createDocument(app, about, { operationIdFactory: operationId, extraModels: [ProblemDto] }),
  );
}
