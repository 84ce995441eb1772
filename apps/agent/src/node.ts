/** This node in production: every port given its real implementation, every part made once. */
import { join } from 'node:path';
import { sha256Hex } from '@techulus/keys';
import { systemClock, systemRandom, systemTimers } from '@techulus/ports';
import { initialAgentState } from './agent-state.ts';
import { ExpectedStore } from './expected-store.ts';
import { bootId } from './host.ts';
import type { Log } from './log.ts';
import { DockerodePodman } from './podman/dockerode-podman.ts';
import { ImageCollection, parseImages } from './podman/image-collection.ts';
import { Images } from './podman/images.ts';
import { parseLedger } from './podman/ledger.ts';
import { LedgerBook } from './podman/ledger-book.ts';
import { openRegistryAccess } from './open-sealed.ts';
import { writeRegistryFiles } from './podman/registry-files.ts';
import type { Store } from './ports.ts';
import type { AgentConfig, Identity, Membership } from './state/identity.ts';
import { parseAgentConfig, parseIdentity } from './state/identity.ts';
import { type Paths } from './state/paths.ts';
import { parseSequence, Sequence } from './state/sequence.ts';
import { stateFile } from './state/state-file.ts';
import { parseStoredExpectedState } from './state/stored-expected-state.ts';
import { Wake } from './wake.ts';

export const clock = systemClock;
export const timers = systemTimers;
export const random = systemRandom;

function fileOf<T>(path: string, parse: (value: unknown) => T, log: Log): Store<T> {
  return stateFile({ path, parse, clock, log });
}

export function identityFile(paths: Paths, log: Log): Store<Identity> {
  return fileOf(paths.identity, parseIdentity, log);
}

export function configFile(paths: Paths, log: Log): Store<AgentConfig> {
  return fileOf(paths.config, parseAgentConfig, log);
}

/** What remembers something over restarts, loaded. */
export async function openMemory(paths: Paths, serverId: string, log: Log) {
  const expected = new ExpectedStore(serverId, sha256Hex, fileOf(paths.expectedState, parseStoredExpectedState, log));
  const ledger = new LedgerBook(fileOf(paths.ledger, parseLedger, log), log);
  const sequence = new Sequence(fileOf(paths.sequence, parseSequence, log));
  const acceptance = await expected.load();
  if (acceptance?.outcome === 'refused')
    log.warn(`the saved expected state is not used (${acceptance.code}): ${acceptance.message}`);
  await Promise.all([ledger.load(), sequence.load()]);
  return { expected, ledger, sequence };
}

export type Memory = Awaited<ReturnType<typeof openMemory>>;

/** Podman and what stands around it. */
export async function openPodman(paths: Paths, { expected }: Memory, identity: Identity, log: Log) {
  const podman = new DockerodePodman(paths.podmanSocket);
  const wake = new Wake(timers);
  const collection = new ImageCollection({ podman, clock, log, file: fileOf(paths.images, parseImages, log) });
  await collection.load();
  const images = new Images({
    podman,
    clock,
    timers,
    log,
    wake: wake.ring,
    access: (part) => openRegistryAccess(part, (name) => expected.sealed(name), identity.keys.sealing),
    prepare: writeRegistryFiles,
    note: collection.note,
  });
  return { podman, images, collection, wake };
}

export type PodmanSide = Awaited<ReturnType<typeof openPodman>>;

export interface Node {
  readonly paths: Paths;
  readonly identity: Identity;
  readonly membership: Membership & { readonly secret: string };
  readonly config: AgentConfig;
  readonly memory: Memory;
  readonly podmanSide: PodmanSide;
  readonly state: ReturnType<typeof initialAgentState>;
  readonly bootId: string;
  readonly dnsFile: string;
  readonly log: Log;
}

export async function openNode(
  parts: Pick<Node, 'paths' | 'identity' | 'membership' | 'config' | 'log'>,
): Promise<Node> {
  const { paths, identity, membership, log } = parts;
  const memory = await openMemory(paths, membership.serverId, log);
  const podmanSide = await openPodman(paths, memory, identity, log);
  const dnsFile = join(paths.state, 'dns.json');
  return { ...parts, memory, podmanSide, state: initialAgentState(), bootId: bootId(), dnsFile };
}
