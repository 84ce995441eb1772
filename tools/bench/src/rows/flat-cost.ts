import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bench, type Grounds, progress } from '../bench.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { cpuMs } from '../machine/process-figures.ts';
import { load } from '../machine/wrk.ts';
import { figure, type Measured } from '../row.ts';
import { signedPolls } from './poll-rate.ts';
import { cpuPerReport, head } from './report-cost.ts';

const EVENTS = 200;
const REPORTS = 1_000;

async function cpuPerPoll(fleet: Fleet): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'techulus-wrk-'));
  try {
    await load(fleet.api, signedPolls(fleet), 1, dir);
    return (await load(fleet.api, signedPolls(fleet), 4, dir)).cpuMsPerRequest;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** A report that appends one event, while nobody waits for it: deciding, committing, folding. */
async function cpuPerEvent(fleet: Fleet): Promise<number> {
  const [agent] = fleet.agents;
  const before = { cpu: cpuMs(fleet.api.pid), head: await head(fleet) };
  for (let n = 0; n < EVENTS; n += 1) await agent?.report(n % 2 === 0 ? agent.deployments[0] : undefined);
  return (cpuMs(fleet.api.pid) - before.cpu) / ((await head(fleet)) - before.head);
}

interface Costs {
  readonly poll: number;
  readonly report: number;
  readonly event: number;
}

async function costsOf(fleet: Fleet): Promise<Costs> {
  await cpuPerReport(fleet, REPORTS);
  const report = await cpuPerReport(fleet, REPORTS);
  const event = await cpuPerEvent(fleet);
  await Promise.all(fleet.agents.map((agent) => agent.poll()));
  return { poll: await cpuPerPoll(fleet), report, event };
}

async function measure(grounds: Grounds): Promise<Measured[]> {
  const small = await costsOf(await grounds.small());
  const fleet = await grounds.large();
  const large = await costsOf(fleet);
  return (['poll', 'report', 'event'] as const).map((what) => {
    const [few, many] = [small[what], large[what]];
    const note = `CPU of the API: ${figure(few * 1000)} µs with 10 servers, ${figure(many * 1000)} µs with ${fleet.agents.length}`;
    progress(`cost per ${what}: ${note}`);
    return {
      name: `cost per ${what}, 10 → ${fleet.agents.length} servers`,
      value: many / few,
      unit: '×',
      aim: { is: '≤', than: 1.5 },
      note,
    };
  });
}

export const flatCost: Bench = { name: 'flat', measure };
