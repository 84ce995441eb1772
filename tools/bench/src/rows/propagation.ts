import { type Bench, type Grounds, progress } from '../bench.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { pause } from '../machine/run.ts';
import { figure, type Measured } from '../row.ts';
import { quantile } from '../statistics.ts';

const ROUNDS = 20;

interface Held {
  /** From the event's own time to the answer proven and taken. */
  readonly afterMs: number[];
  readonly bytes: number[];
}

const NEWEST = 'select (extract(epoch from at) * 1000)::float8 as at, type from events order by position desc limit 1';

/** One replica's health changes: its service's record does too, for every server. */
async function change(fleet: Fleet, round: number, held: Held): Promise<void> {
  const waiting = fleet.agents.map(async (agent) => {
    const reply = await agent.poll(30);
    return { at: Date.now(), reply };
  });
  await pause(300);
  const [agent] = fleet.agents;
  await agent?.report(round % 2 === 0 ? agent.deployments[0] : undefined);
  const arrived = await Promise.all(waiting);
  const [event] = await fleet.query<{ at: number; type: string }>(NEWEST);
  if (event?.type !== 'deployment.health_changed') throw new Error(`another event came: ${event?.type}`);
  for (const { at, reply } of arrived) {
    if (reply.status !== 200) throw new Error('an agent was not told of the change');
    held.afterMs.push(at - event.at);
    held.bytes.push(reply.bytes);
  }
}

async function measure(grounds: Grounds): Promise<Measured[]> {
  const fleet = await grounds.large();
  const held: Held = { afterMs: [], bytes: [] };
  for (let round = 0; round < ROUNDS; round += 1) await change(fleet, round, held);
  const [middle, late] = [quantile(held.afterMs, 0.5), quantile(held.afterMs, 0.99)];
  const most = Math.max(...held.bytes);
  progress(`a change is held by all after ${figure(late)} ms (p99), ${most} bytes each`);
  const count = fleet.agents.length;
  return [
    {
      name: 'commit → held by all agents, p99',
      value: late,
      unit: 'ms',
      aim: { is: '<', than: 250 },
      note: `${ROUNDS} changes × ${count} long polls, signatures verified, by one client process on the same two cores; median ${figure(middle)} ms`,
    },
    {
      name: 'one record changed, sent per server',
      value: most,
      unit: 'bytes',
      aim: { is: '≤', than: 2_048 },
      note: 'the largest answer, head included, uncompressed',
    },
  ];
}

export const propagation: Bench = { name: 'change', measure };
