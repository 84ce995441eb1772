/** Our containers as they are, with what the ledger remembers of each. */
import type { ActualContainer, ActualContainers, ExpectedState } from '@techulus/reconcile';
import type { Clock } from '@techulus/ports';
import type { Images } from './images.ts';
import { type Entry, seenEnded, seenRunning } from './ledger.ts';
import type { LedgerBook } from './ledger-book.ts';
import { LABELS, type Podman, type PodmanContainer } from './podman.ts';
import type { Processes } from './processes.ts';

const LOG_LINES = 20;

export interface ContainersObserverParts {
  readonly podman: Podman;
  readonly images: Images;
  readonly ledger: LedgerBook;
  readonly clock: Clock;
  readonly bootId: string;
  readonly processes: Processes;
}

type State = ActualContainer['state'];

function stateOf(container: PodmanContainer, processes: Processes): State {
  switch (container.state) {
    case 'running':
      // After a kill -9 of container and conmon Podman goes on saying so.
      return processes.isLost(container.id, container.pid) ? 'other' : 'running';
    case 'stopping':
      return 'stopping';
    case 'created':
    case 'configured':
      return 'created';
    case 'exited':
    case 'stopped':
      return 'exited';
    default:
      return 'other';
  }
}

async function logLines(podman: Podman, id: string): Promise<readonly string[]> {
  return podman.lastLogLines(id, LOG_LINES).catch(() => []);
}

/** What the ledger makes of the state, with the last words of one that has just crashed. */
async function remember(parts: ContainersObserverParts, raw: PodmanContainer, state: State): Promise<Entry> {
  const { bootId, clock, ledger, podman } = parts;
  const before = ledger.of(raw.id, raw.labels[LABELS.deployment]);
  let entry = before;
  if (state === 'running') entry = seenRunning(before, bootId, clock.now());
  if (state === 'exited' || state === 'other') entry = seenEnded(before, raw.exitCode, bootId, clock.now());
  if (entry.crashes > before.crashes) entry = { ...entry, lastLogLines: await logLines(podman, raw.id) };
  ledger.put(raw.id, entry);
  return entry;
}

async function observeOne(parts: ContainersObserverParts, raw: PodmanContainer): Promise<ActualContainer> {
  const state = stateOf(raw, parts.processes);
  const { termSentAt, notBefore, restartBecause } = await remember(parts, raw, state);
  const label = (name: keyof typeof LABELS): string => raw.labels[LABELS[name]] ?? '';
  return {
    containerId: raw.id,
    deploymentId: label('deployment'),
    serviceId: label('service'),
    state: state === 'running' && termSentAt !== null ? 'stopping' : state,
    image: label('image'),
    address: raw.labels[LABELS.address] ?? null,
    specHash: label('specHash'),
    stopTimeoutSeconds: Number(label('stopTimeout')),
    termSentAt,
    exitCode: state === 'exited' ? raw.exitCode : null,
    notBefore,
    restartBecause,
  };
}

/** What was observed, and Podman's own list for those who need process ids and times. */
export interface ContainersObservation {
  readonly actual: ActualContainers;
  readonly raw: readonly PodmanContainer[];
}

export async function observeContainers(
  parts: ContainersObserverParts,
  expected: ExpectedState | null,
): Promise<ContainersObservation> {
  const raw = await parts.podman.listOurs();
  const containers = await Promise.all(raw.map((container) => observeOne(parts, container)));
  const standing = new Set(containers.map((container) => container.deploymentId));
  const missing = (expected?.containers?.parts ?? []).filter((part) => !standing.has(part.key));
  const images = await parts.images.observe(new Set(missing.map((part) => part.image)));
  const expectedIds = new Set((expected?.containers?.parts ?? []).map((part) => part.key));
  parts.ledger.keepOnly(new Set(raw.map((container) => container.id)), expectedIds);
  parts.processes.watch(raw);
  await parts.ledger.save();
  return { actual: { containers, images }, raw };
}
