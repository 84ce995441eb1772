import { type Bench, type Grounds, progress } from '../bench.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { cpuMs } from '../machine/process-figures.ts';
import { pause } from '../machine/run.ts';
import { figure, type Measured } from '../row.ts';

const IN_FLIGHT = 4;

/** CPU time of the API's process per unchanged report. */
export async function cpuPerReport(fleet: Fleet, reports: number): Promise<number> {
  let left = reports;
  const before = cpuMs(fleet.api.pid);
  const work = async (first: number): Promise<void> => {
    for (let n = first; left > 0; n += IN_FLIGHT) {
      left -= 1;
      await fleet.agents[n % fleet.agents.length]?.report();
    }
  };
  // Widths that divide each other would let two reports of one agent overtake each other.
  await Promise.all(Array.from({ length: IN_FLIGHT }, (_, index) => work(index)));
  return (cpuMs(fleet.api.pid) - before) / reports;
}

const EVENTS = 'select coalesce(max(position), 0)::int as position from events';

export async function head(fleet: Fleet): Promise<number> {
  const [row] = await fleet.query<{ position: number }>(EVENTS);
  return row?.position ?? 0;
}

async function logStatements(fleet: Fleet, which: 'all' | 'none'): Promise<void> {
  await fleet.query(`alter system set log_statement = '${which}'`);
  await fleet.query('select pg_reload_conf()');
  await pause(300);
}

/** The statements of the ORM's connections, in the words of PostgreSQL's own log; jobs and listeners name themselves. */
function statementsIn(log: string): string[] {
  const lines = log.matchAll(/^app=(\S*) LOG: {2}(?:execute [^:]*|statement): (.*)/gm);
  return [...lines].filter(([, app = '']) => !app.startsWith('techulus-')).map(([, , sql = '']) => sql.trim());
}

const FRAME = /^(begin|start transaction|commit|set transaction)/i;
/** Processes beat and look at the log's head whether reports come or not. */
const PRESENCE = /"rows"/;

async function statementsPerReport(fleet: Fleet, reports: number): Promise<{ each: number; framed: number }> {
  await logStatements(fleet, 'all');
  const from = fleet.postgresLog().length;
  for (let n = 0; n < reports; n += 1) await fleet.agents[n % fleet.agents.length]?.report();
  const statements = statementsIn(fleet.postgresLog().slice(from));
  await logStatements(fleet, 'none');
  const own = statements.filter((sql) => PRESENCE.test(sql));
  const frames = statements.filter((sql) => FRAME.test(sql));
  if (own.length === 0) throw new Error('no statement was seen in the log of PostgreSQL');
  return { each: own.length / reports, framed: (own.length + frames.length) / reports };
}

async function measure(grounds: Grounds): Promise<Measured[]> {
  const fleet = await grounds.large();
  const reports = fleet.agents.length * 8;
  await cpuPerReport(fleet, fleet.agents.length * 4);
  const before = await head(fleet);
  const cpu = await cpuPerReport(fleet, reports);
  const { each, framed } = await statementsPerReport(fleet, fleet.agents.length);
  const events = (await head(fleet)) - before;
  progress(`reports: ${figure(cpu)} ms, ${figure(each)} statements, ${events} events`);
  return [
    {
      name: 'unchanged report, CPU',
      value: cpu,
      unit: 'ms',
      aim: { is: '≤', than: 1 },
      note: `the API's process, ${reports} reports of ten containers, ${IN_FLIGHT} in flight`,
    },
    {
      name: 'unchanged report, SQL statements',
      value: Math.round(each * 10) / 10,
      unit: '',
      aim: { is: '≤', than: 2 },
      note: `${figure(framed)} with BEGIN and COMMIT; counted in PostgreSQL's own log`,
    },
    {
      name: 'unchanged report, events',
      value: events,
      unit: '',
      aim: { is: '≤', than: 0 },
      note: `after ${reports + fleet.agents.length} reports`,
    },
  ];
}

export const reportCost: Bench = { name: 'report', measure };
