import { createReadStream, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { FrontHandler } from '../front.ts';
import type { Log } from '../log.ts';
import type { Installation } from './installation.ts';

type Serve = (response: ServerResponse, isHead: boolean) => void | Promise<void>;

function missing(response: ServerResponse): void {
  const detail =
    'this control plane has no agent package to hand out: build it (npm run build:deb) or set TECHULUS_AGENT_DEB';
  const code = 'agent_package_missing';
  const body = { type: `urn:techulus:problem:${code}`, title: 'Unavailable', status: 503, code, detail };
  response.writeHead(503, { 'content-type': 'application/problem+json' }).end(JSON.stringify(body));
}

/** `GET /install/agent.sh` and `GET /install/techulus-agent.deb`: public, since a new machine has no secret yet. */
export function serveInstallation(installation: Installation, log: Log): FrontHandler {
  const files = new Map<string, Serve>([
    [
      '/install/agent.sh',
      (response, isHead) => {
        const script = installation.script();
        if (script === undefined) return missing(response);
        const length = Buffer.byteLength(script);
        response.writeHead(200, { 'content-type': 'text/x-shellscript; charset=utf-8', 'content-length': length });
        response.end(isHead ? undefined : script);
      },
    ],
    [
      '/install/techulus-agent.deb',
      async (response, isHead) => {
        const path = installation.packagePath();
        if (path === undefined) return missing(response);
        const type = 'application/vnd.debian.binary-package';
        response.writeHead(200, { 'content-type': type, 'content-length': statSync(path).size });
        if (isHead) return void response.end();
        await pipeline(createReadStream(path), response);
      },
    ],
  ]);
  return (request: IncomingMessage, response: ServerResponse) => {
    const file = files.get(request.url?.split('?')[0] ?? '');
    if (file === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return false;
    Promise.resolve(file(response, request.method === 'HEAD')).catch((error: unknown) => {
      log.warn({ err: error, path: request.url }, 'a file of the installation could not be sent');
      response.destroy();
    });
    return true;
  };
}
