import { emptyCluster, evolve } from '@techulus/domain';
import { type Bench, type Grounds, progress } from '../bench.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { figure, type Measured } from '../row.ts';
import { median } from '../statistics.ts';

const ROUNDS = 9;

/** Events a second, by this process's own CPU time: others' load does not count. */
export function foldsPerSecond(fleet: Fleet): number {
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const cluster = emptyCluster();
    const before = process.cpuUsage();
    for (const event of fleet.events) evolve(cluster, event);
    const { user, system } = process.cpuUsage(before);
    rates.push(fleet.events.length / ((user + system) / 1e6));
  }
  return median(rates.slice(2));
}

async function measure(grounds: Grounds): Promise<Measured[]> {
  const fleet = await grounds.large();
  const value = foldsPerSecond(fleet);
  progress(`the fold: ${figure(value)} events/s`);
  const note = `${figure(fleet.events.length)} events of ${fleet.agents.length} servers, in memory, one thread, by CPU time`;
  return [{ name: 'rebuild of the fold', value, unit: 'events/s', aim: { is: '≥', than: 200_000 }, note }];
}

export const foldSpeed: Bench = { name: 'fold', measure };
