/** `npm run bench -- [NAME…] [--json] [--servers N]`: measures, prints, tears down. The machine should have nothing else to do. */
import 'reflect-metadata';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { serveBare } from './bare-server.ts';
import { type Bench, type Grounds, progress } from './bench.ts';
import { type Fleet, startFleet } from './fleet/fleet.ts';
import { type Measured, rowOf } from './row.ts';
import { apiMemory } from './rows/api-memory.ts';
import { flatCost } from './rows/flat-cost.ts';
import { dnsRate } from './rows/dns-rate.ts';
import { foldSpeed } from './rows/fold-speed.ts';
import { idleAgents } from './rows/idle-agents.ts';
import { labRows } from './rows/lab-rows.ts';
import { pollRate } from './rows/poll-rate.ts';
import { propagation } from './rows/propagation.ts';
import { reportCost } from './rows/report-cost.ts';
import { startTime } from './rows/start-time.ts';
import { renderTable } from './table.ts';

const benches: readonly Bench[] = [
  pollRate,
  reportCost,
  idleAgents,
  propagation,
  foldSpeed,
  apiMemory,
  flatCost,
  startTime,
  dnsRate,
  labRows,
];

class SharedGrounds implements Grounds {
  private readonly ends: (() => Promise<void>)[] = [];
  private readonly fleets = new Map<number, Promise<Fleet>>();

  constructor(readonly servers: number) {}

  large(): Promise<Fleet> {
    return this.fleet(this.servers);
  }

  small(): Promise<Fleet> {
    return this.fleet(10);
  }

  onEnd(work: () => Promise<void>): void {
    this.ends.unshift(work);
  }

  async end(): Promise<void> {
    for (const work of this.ends.splice(0))
      await work().catch((error: unknown) => progress(`tearing down: ${String(error)}`));
  }

  private fleet(servers: number): Promise<Fleet> {
    const known = this.fleets.get(servers);
    if (known !== undefined) return known;
    progress(`a cluster of ${servers} servers with ten replicas each…`);
    const started = startFleet({ servers, replicasPerServer: 10 }).then((fleet) => {
      this.onEnd(() => fleet.stop());
      return fleet;
    });
    this.fleets.set(servers, started);
    return started;
  }
}

function chosen(names: readonly string[]): readonly Bench[] {
  const unknown = names.filter((name) => !benches.some((bench) => bench.name === name));
  if (unknown.length > 0)
    throw new Error(`there is no ${unknown.join(', ')}; there are ${benches.map(({ name }) => name).join(', ')}`);
  return names.length === 0 ? benches : benches.filter(({ name }) => names.includes(name));
}

async function measureAll(which: readonly Bench[], grounds: Grounds): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const { name, measure } of which) {
    progress(`${name}… (load ${loadavg()[0]?.toFixed(1)})`);
    measured.push(...(await measure(grounds)));
  }
  return measured;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      servers: { type: 'string', default: '250' },
      'bare-server': { type: 'string' },
    },
  });
  if (values['bare-server'] !== undefined) return serveBare(values['bare-server']);
  const which = chosen(positionals);
  const grounds = new SharedGrounds(Number(values.servers));
  const end = (): void => void grounds.end().then(() => process.exit(130));
  process.once('SIGINT', end).once('SIGTERM', end);
  try {
    const measured = await measureAll(which, grounds);
    console.log(values.json === true ? JSON.stringify(measured.map(rowOf), null, 2) : renderTable(measured));
  } finally {
    await grounds.end();
  }
}

await main();
