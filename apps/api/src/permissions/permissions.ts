/** Each route and the right that it needs. A route without a row is refused to everybody (bearer.guard.ts). */
export const RIGHTS = ['public', 'read', 'operate', 'keep-secrets'] as const;
export type Right = (typeof RIGHTS)[number];

export const PERMISSIONS: Readonly<Record<string, Right>> = {
  'GET /api/v1/health/live': 'public',
  'GET /api/v1/health/ready': 'public',

  'POST /api/v1/projects': 'operate',
  'GET /api/v1/projects': 'read',
  'GET /api/v1/projects/:id': 'read',
  'PATCH /api/v1/projects/:id': 'operate',
  'DELETE /api/v1/projects/:id': 'operate',

  'POST /api/v1/servers': 'operate',
  'GET /api/v1/servers': 'read',
  'GET /api/v1/servers/:id': 'read',
  'PATCH /api/v1/servers/:id': 'operate',
  'DELETE /api/v1/servers/:id': 'operate',
  'POST /api/v1/servers/:id/registration-token': 'operate',
  'POST /api/v1/servers/:id/cordon': 'operate',
  'POST /api/v1/servers/:id/uncordon': 'operate',
  'POST /api/v1/servers/:id/drain': 'operate',
  'GET /api/v1/servers/:id/expected-state': 'read',

  'POST /api/v1/services': 'operate',
  'GET /api/v1/services': 'read',
  'GET /api/v1/services/:id': 'read',
  'PATCH /api/v1/services/:id': 'operate',
  'DELETE /api/v1/services/:id': 'operate',
  'GET /api/v1/services/:id/revisions': 'read',
  'POST /api/v1/services/:id/rollouts': 'operate',

  'GET /api/v1/rollouts': 'read',
  'GET /api/v1/rollouts/:id': 'read',
  'POST /api/v1/rollouts/:id/cancel': 'operate',

  'GET /api/v1/deployments': 'read',
  'GET /api/v1/deployments/:id': 'read',

  'GET /api/v1/secrets/:name': 'read',
  'PUT /api/v1/secrets/:name': 'keep-secrets',
  'DELETE /api/v1/secrets/:name': 'keep-secrets',
  'GET /api/v1/registry-credentials/:host': 'read',
  'PUT /api/v1/registry-credentials/:host': 'keep-secrets',
  'DELETE /api/v1/registry-credentials/:host': 'keep-secrets',

  'GET /api/v1/events': 'read',
  'GET /api/v1/why/:kind/:id': 'read',
  'GET /api/v1/cluster': 'read',
  'POST /api/v1/cluster/adopt': 'operate',
  'POST /api/v1/cluster/stop-unknown': 'operate',
};

/** The table's key of a route: its method and its path as declared. HEAD is answered by what answers GET. */
export function routeKey(method: string, path: string): string {
  return `${method === 'HEAD' ? 'GET' : method.toUpperCase()} ${path}`;
}

export function rightFor(method: string, path: string): Right | undefined {
  return Object.hasOwn(PERMISSIONS, routeKey(method, path)) ? PERMISSIONS[routeKey(method, path)] : undefined;
}
