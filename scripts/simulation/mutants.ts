/**
 * Bugs put in on purpose, as edits of the source that are made while the simulator is bundled. Each must be found within a
 * bounded number of seeds, or the promises do not bite. A text that is no longer in its file fails the proof: find the
 * line that took its place.
 */
export interface Edit {
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

export interface Mutant {
  readonly name: string;
  /** Within so many it is found. */
  readonly seeds: number;
  readonly edits: readonly Edit[];
}

const QUICK = 100;
const RARE = 2_000;

const domain = (name: string, file: string, [find, put]: readonly [string, string], seeds = QUICK): Mutant => ({
  name,
  seeds,
  edits: [{ file: `libs/domain/src/${file}`, find, put }],
});

export const mutants: readonly Mutant[] = [
  domain('a drain starts although not every server has acknowledged', 'deployment-policy.ts', [
    "allAcked(draft, leaving.waitsFor, 'dns', leaving.position)",
    'true',
  ]),
  domain('an address is freed although somebody may still name it', 'deployment-policy.ts', [
    "!holders.every((id) => hasAcked(draft, id, 'dns', deployment.unnamedPosition))",
    'holders.length < 0',
  ]),
  domain('a removal is believed without having been seen', 'deployment-policy.ts', [
    '!Object.hasOwn(presence.connections, deployment.id)',
    'true',
  ]),
  domain('a drain ends before the records have lived out', 'deployment-policy.ts', [
    'if (passed < 0) return false;',
    'if (passed < 0) return true;',
  ]),
  domain('a deadline is lost', 'deployment-orders.ts', ["queue: 'deadline',", "queue: 'look',"], RARE),
  domain('a deadline fires in a later stage', 'deadline.ts', [
    'deployment.stage === job.about && deployment.stageVersion === job.version',
    'true',
  ]),
  domain('an acknowledgement of anything counts', 'acks.ts', ['ack.position >= position)', 'ack.position > 0)']),
  domain('a second rollout starts beside the first', 'rollout-policy.ts', ['if (!busy)', 'if (true)']),
  domain(
    'a rollout forgets its point of no return',
    'rollout-policy.ts',
    ['return rollout.replaces.some((id) => draft.cluster.deployments.get(id)?.expected !== true);', 'return false;'],
    RARE,
  ),
  {
    name: 'a replayed report is taken',
    seeds: QUICK,
    edits: [
      { file: 'apps/api/src/agent-wire/report.ts', find: 'if (headers.sequence > highest) return;', put: 'return;' },
    ],
  },
  {
    name: 'deadlines run while nobody could hear',
    seeds: RARE,
    edits: [{ file: 'apps/api/src/jobs/jobs.ts', find: 'if (missing <= 0) return false;', put: 'return false;' }],
  },
  {
    name: 'servers count as silent while nobody could hear',
    seeds: QUICK,
    edits: [
      {
        file: 'apps/api/src/presence/presence.ts',
        find: 'seenAt: Math.max(row.seenAt, heardSince)',
        put: 'seenAt: row.seenAt',
      },
    ],
  },
  {
    name: 'an older generation is sent by a process that lags, and accepted',
    seeds: RARE,
    edits: [
      { file: 'apps/api/src/agent-wire/poll.ts', find: 'await live.caughtUp(position);', put: 'void position;' },
      {
        file: 'libs/reconcile/src/accept-delta.ts',
        find: 'compareGenerations(delta.generation, held.generation) < 0',
        put: 'compareGenerations(delta.generation, held.generation) < -9',
      },
    ],
  },
  {
    name: 'a container is stopped while its own machine names it',
    seeds: RARE,
    edits: [
      {
        file: 'libs/reconcile/src/containers.ts',
        find: 'if (container.termSentAt === null && container.address !== null && view.named(container.address)) return [];',
        put: '',
      },
    ],
  },
  {
    name: 'SIGTERM is sent and forgotten',
    seeds: QUICK,
    edits: [
      {
        file: 'apps/agent/src/podman/apply.ts',
        find: 'termSentAt: entry.termSentAt ?? clock.now()',
        put: 'termSentAt: null',
      },
    ],
  },
  {
    name: 'what changed in the names is not told when a replica falls ill',
    seeds: QUICK,
    edits: [
      {
        file: 'libs/domain/src/cluster.ts',
        find: "event.type === 'deployment.health_changed' ||",
        put: '',
      },
    ],
  },
  domain(
    'servers that fall silent together are evicted',
    'offline-policy.ts',
    ['if (isCutOff(draft)) return;', ''],
    RARE,
  ),
];
