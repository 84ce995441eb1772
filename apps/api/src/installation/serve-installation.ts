import type { FrontHandler } from '../front.ts';
import type { Installation } from './installation.ts';

/** `GET /install/agent.sh` and `GET /install/techulus-agent.deb`: public, since a new machine has no secret yet. */
export function serveInstallation(installation: Installation): FrontHandler {
  const files = new Map([
    ['/install/agent.sh', () => installation.script()],
    ['/install/techulus-agent.deb', () => installation.agentPackage()],
  ]);
  return (request, response) => {
    const read = files.get(request.url?.split('?')[0] ?? '');
    if (read === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return false;
    const file = read();
    if (file === undefined) {
      response.writeHead(503, { 'content-type': 'application/problem+json' });
      response.end(
        JSON.stringify({
          type: 'about:blank',
          title: 'No agent package',
          status: 503,
          code: 'agent_package_missing',
          detail: 'this control plane has no agent package to hand out: build it (npm run build:deb) or set TECHULUS_AGENT_DEB',
        }),
      );
      return true;
    }
    response.writeHead(200, { 'content-type': file.contentType, 'content-length': file.body.length });
    response.end(request.method === 'HEAD' ? undefined : file.body);
    return true;
  };
}
