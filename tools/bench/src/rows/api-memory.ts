import { type Bench, type Grounds, progress } from '../bench.ts';
import { residentMb } from '../machine/process-figures.ts';
import { pause } from '../machine/run.ts';
import { figure, type Measured } from '../row.ts';

async function measure(grounds: Grounds): Promise<Measured[]> {
  const { agents, api, size } = await grounds.large();
  for (let round = 0; round < 3; round += 1) {
    await Promise.all(agents.map((agent) => agent.poll(2)));
    for (const agent of agents) await agent.report();
  }
  await pause(1_000);
  const value = residentMb(api.pid);
  progress(`memory of the API: ${figure(value)} MB`);
  const note = `resident, ${agents.length} servers connected, ${agents.length * size.replicasPerServer} deployments, after the rows before it in this run; PostgreSQL is not in it`;
  return [{ name: 'memory of the API', value, unit: 'MB', aim: { is: '<', than: 200 }, note }];
}

export const apiMemory: Bench = { name: 'memory', measure };
