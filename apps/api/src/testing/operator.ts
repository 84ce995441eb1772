/** What an operator does, as commands, for tests that are not about REST. */
import { formatRegistrationToken } from '@techulus/contract';
import {
  createProject,
  createServer,
  createService,
  issueToken,
  type RevisionSpec,
  type ServerRole,
  startRollout,
} from '@techulus/domain';
import { sha256Hex } from '@techulus/keys';
import { systemRandom } from '@techulus/ports';
import { SimulatedAgent } from './simulated-agent.ts';
import type { TestControlPlane } from './test-control-plane.ts';

export const operator = { actor: 'operator' };

export async function newToken(plane: TestControlPlane, serverId: string, validForMs = 60_000): Promise<string> {
  const { commands, controlPlaneKey, clock } = plane.platform;
  const secret = Buffer.from(systemRandom.bytes(32)).toString('base64url');
  const tokenId = systemRandom.id();
  const token = { serverId, tokenId, hash: sha256Hex(secret), expiresAt: clock.now() + validForMs };
  await commands.execute((draft) => issueToken(draft, token), operator);
  return formatRegistrationToken({ id: tokenId, secret, fingerprint: controlPlaneKey.fingerprint });
}

export async function newServer(
  plane: TestControlPlane,
  name: string,
  role: ServerRole = 'worker',
): Promise<{ id: string; token: string }> {
  const { result: id } = await plane.platform.commands.execute(
    (draft) => createServer(draft, { name, role, labels: {} }),
    operator,
  );
  return { id, token: await newToken(plane, id) };
}

export async function joined(
  plane: TestControlPlane,
  name: string,
  role: ServerRole = 'worker',
): Promise<SimulatedAgent> {
  const { token } = await newServer(plane, name, role);
  const agent = new SimulatedAgent(plane.url, role === 'proxy');
  const reply = await agent.register(token);
  if (reply.status !== 200) throw new Error(`registration failed: ${JSON.stringify(reply.body)}`);
  return agent;
}

export function revision(change: Partial<RevisionSpec> = {}): RevisionSpec {
  return {
    image: 'registry.example/web:1',
    digest: `sha256:${'1'.repeat(64)}`,
    digestError: null,
    command: null,
    env: {},
    secrets: [],
    ports: [{ port: 8080, protocol: 'tcp' }],
    resources: { memoryMb: null, cpus: null },
    healthCheck: null,
    stopTimeoutSeconds: 1,
    ...change,
  };
}

export async function newService(
  plane: TestControlPlane,
  name: string,
  replicas: number,
  spec = revision(),
): Promise<string> {
  const { result } = await plane.platform.commands.execute((draft) => {
    const projectId = createProject(draft, { name: `of-${name}` });
    const placement = { constraints: [], servers: [] };
    const strategy = { order: 'start-first' as const, batch: null };
    return createService(draft, { projectId, name, replicas, placement, strategy, drainSeconds: 0, spec });
  }, operator);
  return result;
}

export async function rollOut(plane: TestControlPlane, serviceId: string): Promise<string> {
  const { result } = await plane.platform.commands.execute((draft) => startRollout(draft, { serviceId }), operator);
  return result;
}
