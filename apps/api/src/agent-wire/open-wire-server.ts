import { systemHash } from '@techulus/ports';
import type { Platform } from '../platform.ts';
import { AgentSecrets } from './agent-secrets.ts';
import { Poll } from './poll.ts';
import { Register } from './register.ts';
import { Report } from './report.ts';
import { SealedValues } from './sealed-values.ts';
import { SectionHashes } from './section-hashes.ts';
import { WireServer } from './wire-server.ts';

export type WirePlatform = Pick<
  Platform,
  'live' | 'store' | 'clock' | 'timers' | 'random' | 'log' | 'ciphertexts' | 'controlPlaneKey' | 'commands' | 'hearing'
> & { readonly config: Pick<Platform['config'], 'urls'> };

/** The agents' endpoints on the platform's parts. */
export function openWireServer(platform: WirePlatform): WireServer {
  const { live, store, clock, timers, random, log, ciphertexts, controlPlaneKey, commands, config, hearing } = platform;
  const hash = systemHash;
  const controlPlanes = config.urls;
  const secrets = new AgentSecrets(ciphertexts);
  const sealed = new SealedValues(store, ciphertexts, log);
  return new WireServer({
    authenticate: {
      cluster: live.state,
      catchUp: () => live.catchUpToHead(),
      secretOf: (serverId, version) => secrets.secretOf(serverId, version),
    },
    poll: new Poll({ live, sealed, hash, controlPlanes }),
    report: new Report({ live, store, clock, timers, random, log, hearing, hashes: new SectionHashes(live, hash) }),
    register: new Register({ live, commands, ciphertexts, controlPlaneKey, random, hash, log, controlPlanes }),
    controlPlaneKey,
    clock,
    timers,
    log,
  });
}
