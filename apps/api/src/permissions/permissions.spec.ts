import { readFileSync } from 'node:fs';
import type { OpenAPIObject } from '@nestjs/swagger';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module.ts';
import { openApiDocument, routesOf } from '../openapi-document.ts';
import type { Platform } from '../platform.ts';
import { PERMISSIONS, rightFor, routeKey } from './permissions.ts';

let document: OpenAPIObject;
beforeAll(async () => {
  const app = await NestFactory.create(AppModule.of({} as Platform), {
    logger: false,
    preview: true,
    abortOnError: false,
  });
  document = openApiDocument(app);
});

describe('the permission table', () => {
  it('has a row for every route, and no row without a route', () => {
    const routes = routesOf(document).map(({ method, path }) => routeKey(method, path));
    expect(routes.toSorted()).toEqual(Object.keys(PERMISSIONS).toSorted());
  });

  it('lets nobody in without a token but the probes', () => {
    const open = Object.entries(PERMISSIONS).filter(([, right]) => right === 'public');
    expect(open.map(([key]) => key)).toEqual(['GET /api/v1/health/live', 'GET /api/v1/health/ready']);
  });

  it('asks only to read for what only reads', () => {
    for (const [key, right] of Object.entries(PERMISSIONS)) {
      if (right !== 'public') expect([key, right === 'read']).toEqual([key, key.startsWith('GET ')]);
    }
  });

  it('knows nothing of other routes, nor of what objects inherit', () => {
    expect(rightFor('HEAD', '/api/v1/projects')).toBe('read');
    expect(rightFor('GET', '/api/v1/elsewhere')).toBeUndefined();
    expect(rightFor('constructor', '')).toBeUndefined();
  });
});

describe('openapi.json', () => {
  it('is committed as the code says', () => {
    const committed: unknown = JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8'));
    expect(committed).toEqual(JSON.parse(JSON.stringify(document)));
  });

  it('describes every schema that it names, and none is empty', () => {
    const schemas = document.components?.schemas ?? {};
    const named = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/([^"]*)"/g)].map(
      ([, name]) => name ?? '',
    );
    expect(named.filter((name) => !Object.hasOwn(schemas, name))).toEqual([]);
    const empty = Object.entries(schemas).filter(
      ([, schema]) => !('properties' in schema) || Object.keys(schema.properties ?? {}).length === 0,
    );
    expect(empty.map(([name]) => name)).toEqual([]);
  });

  it('holds nothing of the wire between agents and control plane', () => {
    expect(Object.keys(document.paths).filter((path) => path.includes('/agent'))).toEqual([]);
  });
});
