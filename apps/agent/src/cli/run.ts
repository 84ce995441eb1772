/** `techulus-agent run`: the only command that boots Nest. */
import { NestFactory } from '@nestjs/core';
import { AgentModule } from '../agent.module.ts';
import { runNode } from '../compose.ts';
import { thisMachine } from '../host.ts';
import { explain, journalLog } from '../log.ts';
import { clock, configFile, identityFile, type Node, openNode, random } from '../node.ts';
import { recoverSecret, type RegisterParts } from '../register.ts';
import type { AgentConfig, Identity, Membership } from '../state/identity.ts';
import { type Paths, paths as pathsFrom } from '../state/paths.ts';
import { SignedControlPlane } from '../wire/control-plane.ts';
import { httpTransport } from '../wire/transport.ts';

const NOT_REGISTERED = 78;
const RECOVER_APART_MS = 60_000;

type Member = Membership & { readonly secret: string };

function hasSecret(membership: Membership): membership is Member {
  return membership.secret !== null;
}

interface Who {
  readonly identity: Identity;
  readonly config: AgentConfig;
  readonly membership: Membership;
}

async function whoAmI(paths: Paths): Promise<Who | null> {
  const identity = await identityFile(paths, journalLog).load();
  const membership = identity?.membership ?? null;
  if (identity === null || membership === null) return null;
  const { controlPlanes, isProxy } = membership;
  const fallback = { controlPlanes, fingerprint: null, isProxy, publicAddress: null };
  const config = (await configFile(paths, journalLog).load()) ?? fallback;
  return { identity, config, membership };
}

type Recovery = RegisterParts & { readonly urls: readonly string[] };

/** The secret in use; asked for anew, at most once a minute, when the control plane refuses our signature. */
function secretSource(first: string, identity: Identity, recovery: Recovery) {
  let secret = first;
  let askedAt = Number.NEGATIVE_INFINITY;
  const recover = (): void => {
    if (clock.monotonic() - askedAt < RECOVER_APART_MS) return;
    askedAt = clock.monotonic();
    recoverSecret(recovery, identity, recovery.urls).then(
      (membership) => (secret = membership.secret ?? secret),
      (error: unknown) => journalLog.warn(`the secret could not be recovered: ${explain(error)}`),
    );
  };
  return { secret: () => secret, recover };
}

function recoveryOf(paths: Paths, { config, membership }: Who): Recovery {
  const urls = [...new Set([...config.controlPlanes, ...membership.controlPlanes])];
  const files = { identity: identityFile(paths, journalLog), config: configFile(paths, journalLog) };
  return { ...files, urls, transport: httpTransport(), machine: thisMachine, clock, random, log: journalLog };
}

function controlPlaneOf(node: Node, recovery: Recovery): SignedControlPlane {
  const { config, identity, membership, memory } = node;
  const { urls, transport } = recovery;
  const keepUrls = (controlPlanes: readonly string[]): void => {
    const kept = recovery.config.save({ ...config, controlPlanes });
    kept.catch((error: unknown) => journalLog.warn(explain(error)));
  };
  const { serverId, secret } = membership;
  const { sequence } = memory;
  const source = secretSource(secret, identity, recovery);
  return new SignedControlPlane({
    ...source,
    serverId,
    urls,
    clock,
    random,
    sequence,
    transport,
    log: journalLog,
    keepUrls,
  });
}

export async function run(env: NodeJS.ProcessEnv): Promise<number> {
  const paths = pathsFrom(env);
  const who = await whoAmI(paths);
  if (who === null) {
    console.error('techulus-agent: this machine has not joined a cluster; run the line that POST /servers answers');
    return NOT_REGISTERED;
  }
  const recovery = recoveryOf(paths, who);
  const known = who.membership;
  const membership = hasSecret(known) ? known : await recoverSecret(recovery, who.identity, recovery.urls);
  if (!hasSecret(membership)) return NOT_REGISTERED;
  const node = await openNode({ ...who, paths, membership, log: journalLog });
  const controlPlane = controlPlaneOf(node, recovery);
  const failed = (error: unknown): void => {
    journalLog.warn(`ended unexpectedly: ${explain(error)}`);
    process.exit(1);
  };
  const module = AgentModule.forTask((signal) => runNode(node, controlPlane, signal), failed);
  const context = await NestFactory.createApplicationContext(module, { logger: ['error', 'warn'] });
  context.enableShutdownHooks(['SIGTERM', 'SIGINT']);
  return new Promise<number>(() => undefined);
}
