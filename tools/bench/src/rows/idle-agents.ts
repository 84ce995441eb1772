import { type Bench, type Grounds, progress } from '../bench.ts';
import type { WireClient } from '../fleet/wire-client.ts';
import { cpuMs } from '../machine/process-figures.ts';
import { pause } from '../machine/run.ts';
import { figure, type Measured } from '../row.ts';

const SECONDS = 30;
const REPORT_EVERY_MS = 5_000;
const WAIT_SECONDS = 10;

/** As an idle agent: a long poll that is always there, a report every five seconds. */
async function idle(agent: WireClient, until: number, delayMs: number): Promise<void> {
  await pause(delayMs);
  const polling = async (): Promise<void> => {
    while (Date.now() < until) await agent.poll(WAIT_SECONDS);
  };
  const reporting = async (): Promise<void> => {
    for (; Date.now() < until; await pause(REPORT_EVERY_MS)) await agent.report();
  };
  await Promise.all([polling(), reporting()]);
}

async function measure(grounds: Grounds): Promise<Measured[]> {
  const { agents, api } = await grounds.large();
  const settle = REPORT_EVERY_MS * 2;
  const end = Date.now() + settle + SECONDS * 1000;
  const all = agents.map((agent, n) => idle(agent, end, (n / agents.length) * REPORT_EVERY_MS));
  await pause(settle);
  const [before, from] = [cpuMs(api.pid), Date.now()];
  await pause(SECONDS * 1000);
  const share = ((cpuMs(api.pid) - before) / (Date.now() - from)) * 100;
  await Promise.all(all);
  progress(`${agents.length} idle agents: ${figure(share)} % of a core`);
  const note = `${SECONDS} s of ${agents.length} agents, each with a poll waiting and a report every 5 s; PostgreSQL is not in it`;
  return [{ name: 'idle agents, CPU of the API', value: share, unit: '% of a core', aim: { is: '≤', than: 5 }, note }];
}

export const idleAgents: Bench = { name: 'idle', measure };
