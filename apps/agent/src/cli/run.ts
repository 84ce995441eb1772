/** `techulus-agent run`: the only command that boots Nest. */
import { NestFactory } from '@nestjs/core';
import { AgentModule } from '../agent.module.ts';
import { runNode } from '../compose.ts';
import { explain, journalLog } from '../log.ts';
import { clock, configFile, identityFile, openNode, random } from '../node.ts';
import { recoverSecret } from '../register.ts';
import type { AgentConfig, Identity, Membership } from '../state/identity.ts';
import { paths as pathsFrom } from '../state/paths.ts';
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

async function whoAmI(paths: ReturnType<typeof pathsFrom>): Promise<Who | null> {
  const identity = await identityFile(paths, journalLog).load();
  const membership = identity?.membership ?? null;
  if (identity === null || membership === null) return null;
  const { controlPlanes, isProxy } = membership;
  const fallback = { controlPlanes, fingerprint: null, isProxy, publicAddress: null };
  const config = (await configFile(paths, journalLog).load()) ?? fallback;
  return { identity, config, membership };
}

export async function run(env: NodeJS.ProcessEnv): Promise<number> {
  const paths = pathsFrom(env);
  const who = await whoAmI(paths);
  if (who === null) {
    console.error('techulus-agent: this machine has not joined a cluster; run the line that POST /servers answers');
    return NOT_REGISTERED;
  }
  const { identity, config } = who;
  const transport = httpTransport();
  const urls = [...new Set([...config.controlPlanes, ...who.membership.controlPlanes])];
  const recovery = { identity: identityFile(paths, journalLog), config: configFile(paths, journalLog), transport, clock, random, log: journalLog };
  const recovered = hasSecret(who.membership) ? who.membership : await recoverSecret(recovery, identity, urls);
  if (!hasSecret(recovered)) return NOT_REGISTERED;
  const node = await openNode({ paths, identity, membership: recovered, config, log: journalLog });
  let secret = recovered.secret;
  let recoveredAt = Number.NEGATIVE_INFINITY;
  const recover = (): void => {
    if (clock.monotonic() - recoveredAt < RECOVER_APART_MS) return;
    recoveredAt = clock.monotonic();
    recoverSecret(recovery, identity, urls).then(
      (membership) => (secret = membership.secret ?? secret),
      (error: unknown) => journalLog.warn(`the secret could not be recovered: ${explain(error)}`),
    );
  };
  const keepUrls = (known: readonly string[]): void => {
    recovery.config.save({ ...config, controlPlanes: known }).catch((error: unknown) => journalLog.warn(explain(error)));
  };
  const { serverId } = recovered;
  const { sequence } = node.memory;
  const controlPlane = new SignedControlPlane({
    serverId, secret: () => secret, recover, urls, clock, random, sequence, transport, log: journalLog, keepUrls,
  });
  const failed = (error: unknown): void => {
    journalLog.warn(`ended unexpectedly: ${explain(error)}`);
    process.exit(1);
  };
  const module = AgentModule.forTask((signal) => runNode(node, controlPlane, signal), failed);
  const context = await NestFactory.createApplicationContext(module, { logger: ['error', 'warn'] });
  context.enableShutdownHooks(['SIGTERM', 'SIGINT']);
  return new Promise<number>(() => undefined);
}
