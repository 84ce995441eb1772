import { get } from 'node:http';
import { type Bench, type Grounds, progress } from '../bench.ts';
import { spawnApi } from '../fleet/api-process.ts';
import { startFleet, type Fleet } from '../fleet/fleet.ts';
import { POLL_PATH, type WireClient } from '../fleet/wire-client.ts';
import { pause } from '../machine/run.ts';
import { figure, type Measured } from '../row.ts';
import { median } from '../statistics.ts';

const ROUNDS = 5;

/** The status of one signed poll at that port; undefined while nobody answers. */
function asked(agent: WireClient, port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const asking = get({ host: '127.0.0.1', port, path: POLL_PATH, headers: agent.pollHeaders(0) }, (answer) => {
      answer.resume();
      resolve(answer.headers['techulus-signature'] === undefined ? undefined : answer.statusCode);
    });
    asking.once('error', () => resolve(undefined));
  });
}

async function startOnce(fleet: Fleet, port: number, embedded: boolean): Promise<number> {
  const [agent] = fleet.agents;
  if (agent === undefined) throw new Error('no agent');
  const before = performance.now();
  const databaseUrl = embedded ? undefined : fleet.databaseUrl;
  const child = spawnApi({ stateDirectory: fleet.stateDirectory, databaseUrl, port });
  try {
    while (child.process.exitCode === null) {
      const status = await asked(agent, port);
      if (status === 200 || status === 304) return performance.now() - before;
      await pause(5);
    }
    throw new Error(`the control plane ended: ${child.output().slice(-500)}`);
  } finally {
    await child.stop();
  }
}

async function several(fleet: Fleet, embedded: boolean): Promise<number> {
  const port = Number(new URL(fleet.api.url).port);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) times.push(await startOnce(fleet, port, embedded));
  progress(`starts ${embedded ? 'with' : 'beside'} PostgreSQL: ${times.map(figure).join(', ')} ms`);
  return median(times.slice(1));
}

/** A fleet of its own: its control plane is stopped for good. */
async function measure(grounds: Grounds): Promise<Measured[]> {
  const fleet = await startFleet({ servers: grounds.servers, replicasPerServer: 10 });
  grounds.onEnd(() => fleet.stop());
  await fleet.api.stop();
  const beside = await several(fleet, false);
  await fleet.stopPostgres();
  const value = await several(fleet, true);
  const note =
    `median of ${ROUNDS - 1} after a first one, its own PostgreSQL started with it, a log of ${figure(fleet.events.length)} events ` +
    `(${grounds.servers} servers, ten replicas each); ${figure(beside)} ms where PostgreSQL runs already`;
  return [{ name: 'process start → first signed answer', value, unit: 'ms', aim: { is: '<', than: 1_500 }, note }];
}

export const startTime: Bench = { name: 'start', measure };
