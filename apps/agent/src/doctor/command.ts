/** `techulus-agent doctor`: looks at everything this server needs, and says what is wrong and what to do. Changes nothing. */
import { readFile } from 'node:fs/promises';
import type { ExpectedStateAnswer } from '@techulus/contract';
import { createAskServer } from '../dns/index.ts';
import { processExists } from '../host.ts';
import { explain } from '../log.ts';
import { clock, random, timers } from '../node.ts';
import { DockerodePodman } from '../podman/dockerode-podman.ts';
import { runProgram } from '../run-program.ts';
import { type Identity, type Membership, parseIdentity } from '../state/identity.ts';
import { type Paths, paths as pathsFrom } from '../state/paths.ts';
import { parseStoredExpectedState } from '../state/stored-expected-state.ts';
import type { AgentStatus } from '../status-file.ts';
import { httpTransport } from '../wire/transport.ts';
import { fail, type Finding, ok, renderFindings } from './finding.ts';
import { checkFirewall } from './firewall-check.ts';
import { checkAgent, checkClock, checkDisk, checkReach } from './host-checks.ts';
import { checkMesh } from './mesh-check.ts';
import { checkNames, checkResolver } from './names-check.ts';
import { checkPodman } from './podman-check.ts';

/** Read without setting a corrupt file aside: the doctor touches nothing. */
async function read<T>(path: string, parse: (value: unknown) => T): Promise<T | null> {
  try {
    return parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return null;
  }
}

interface Member {
  readonly identity: Identity;
  readonly membership: Membership;
  readonly expected: ExpectedStateAnswer | null;
  readonly status: AgentStatus | null;
}

async function checkMember({ identity, membership, expected, status }: Member): Promise<readonly Finding[]> {
  const ask = createAskServer(timers, random);
  const transport = httpTransport();
  const peers = expected?.sections.wireguard?.parts ?? null;
  const running = status !== null && processExists(status.pid);
  const { subnetId, name, serverId } = membership;
  const [reach, mesh, names, resolver, firewall] = await Promise.all([
    Promise.all(membership.controlPlanes.map((url) => checkReach(url, transport))),
    checkMesh({ run: runProgram, clock }, { publicKey: identity.keys.wireguard.publicKey, peers }),
    checkNames(ask, subnetId, expected?.sections.dns?.generation ?? null),
    checkResolver(runProgram, subnetId),
    checkFirewall(runProgram),
  ]);
  const registration = ok('registration', `${name} (${serverId}), subnet ${subnetId}`);
  const agent = checkAgent(status, running, clock.now());
  return [registration, agent, ...reach, checkClock(status), ...mesh, names, resolver, ...firewall];
}

async function look(paths: Paths): Promise<readonly Finding[]> {
  const identity = await read(paths.identity, parseIdentity);
  const host = [...(await checkPodman(new DockerodePodman(paths.podmanSocket))), await checkDisk('/var/lib')];
  if (identity === null || identity.membership === null) {
    const todo = 'run the line that the control plane answered to POST /servers';
    return [fail('registration', 'this machine has not joined a cluster', todo), ...host];
  }
  const stored = await read(paths.expectedState, parseStoredExpectedState);
  const status = await read(paths.status, (value) => value as AgentStatus);
  const member = { identity, membership: identity.membership, expected: stored?.answer ?? null, status };
  return [...(await checkMember(member)), ...host];
}

export async function doctorCommand(env: NodeJS.ProcessEnv): Promise<number> {
  const findings = await look(pathsFrom(env)).catch((error: unknown) => [
    fail('doctor', explain(error), 'run it as root'),
  ]);
  console.log(renderFindings(findings));
  return findings.some((finding) => finding.level === 'fail') ? 1 : 0;
}
