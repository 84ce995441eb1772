/** The effectors on containers: small, idempotent, each does what its action says and decides nothing. */
import type { DeploymentPart } from '@techulus/contract';
import type { Clock } from '@techulus/ports';
import type { Effectors, Outcome } from '@techulus/reconcile';
import type { Images } from './images.ts';
import { started, starting } from './ledger.ts';
import type { LedgerBook } from './ledger-book.ts';
import { ensureNetwork } from './network.ts';
import type { Podman } from './podman.ts';
import { renderContainer } from './render.ts';

export type ContainerEffectors = Pick<
  Effectors,
  'terminate_container' | 'remove_container' | 'start_container' | 'pull_image' | 'create_container'
>;

export interface ContainerEffectorsParts {
  readonly podman: Podman;
  readonly images: Images;
  readonly ledger: LedgerBook;
  readonly clock: Clock;
  readonly bootId: string;
  readonly serverId: string;
  readonly subnetId: number;
  readonly sha256: (text: string) => string;
  /** The deployment's secrets, opened; throws when one was not sent. */
  readonly openSecrets: (part: DeploymentPart) => Record<string, string>;
}

const DONE: Outcome = { outcome: 'done' };

async function create(parts: ContainerEffectorsParts, part: DeploymentPart): Promise<Outcome> {
  const { podman, ledger, serverId, subnetId, sha256 } = parts;
  const foreign = await ensureNetwork(podman, serverId, subnetId);
  if (foreign !== null) return { outcome: 'refused', message: foreign };
  const secrets = parts.openSecrets(part);
  const id = await podman.create(renderContainer(part, { serverId, subnetId, secrets, sha256 }));
  ledger.open(id, part.key);
  return DONE;
}

export function containerEffectors(parts: ContainerEffectorsParts): ContainerEffectors {
  const { podman, images, ledger, clock, bootId } = parts;
  return {
    terminate_container: async ({ containerId, signal }) => {
      const entry = ledger.of(containerId);
      // Remembered first: a SIGTERM that was sent and forgotten would never be followed by a SIGKILL.
      ledger.put(containerId, { ...entry, termSentAt: entry.termSentAt ?? clock.now() });
      await ledger.save();
      await podman.kill(containerId, signal);
      return DONE;
    },
    remove_container: async ({ containerId }) => {
      await podman.remove(containerId);
      return DONE;
    },
    start_container: async ({ containerId }) => {
      // Remembered first: a start whose answer is lost would be taken for a stop that goes on for ever.
      ledger.put(containerId, starting(ledger.of(containerId)));
      await ledger.save();
      await podman.start(containerId);
      ledger.put(containerId, started(ledger.of(containerId), bootId, clock.now()));
      await ledger.save();
      return DONE;
    },
    pull_image: async ({ part }) => {
      images.begin(part);
      return DONE;
    },
    create_container: ({ part }) => create(parts, part),
  };
}
