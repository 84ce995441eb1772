/**
 * The DNS process of a node beside unbound with one thread, both in a network namespace of their own, each asked by dnsperf
 * for the same names: 250 services of three replicas.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bench, type Grounds, progress } from '../bench.ts';
import { cpuMs } from '../machine/process-figures.ts';
import { type Child, run, start, until } from '../machine/run.ts';
import { figure, type Measured } from '../row.ts';
import { median } from '../statistics.ts';

const SERVICES = 250;
const SECONDS = 4;
const ROUNDS = 3;
const OURS = '10.200.1.1';
const UNBOUND = '127.0.0.2';
/** As packaging/deb/files/techulus-agent starts it. */
const FLAGS = ['--max-semi-space-size=1', '--v8-pool-size=1', '--max-old-space-size=48'];

const records = Array.from({ length: SERVICES }, (_, n) => ({
  key: `service-${n}`,
  addresses: [2, 3, 4].map((host) => `10.200.${(n % 250) + 1}.${host}`),
}));

const dnsFile = { generation: { epoch: 1, position: 1, renderer: 1 }, hash: '0'.repeat(64), subnetId: 1, records };

function unboundConfig(dir: string): string {
  const data = records.flatMap(({ key, addresses }) =>
    addresses.map((address) => `  local-data: "${key}.internal. 5 IN A ${address}"`),
  );
  return `server:
  interface: ${UNBOUND}@53
  access-control: 0.0.0.0/0 allow
  do-ip6: no
  num-threads: 1
  so-rcvbuf: 1m
  rrset-roundrobin: yes
  minimal-responses: yes
  module-config: "iterator"
  use-syslog: no
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "${dir}"
  pidfile: "${dir}/unbound.pid"
  local-zone: "internal." static
${data.join('\n')}
remote-control:
  control-enable: no
`;
}

interface Room {
  readonly dir: string;
  readonly namespace: string;
}

const within = ({ namespace }: Room, command: readonly string[]): string[] => ['netns', 'exec', namespace, ...command];

interface Answering {
  readonly perSecond: number;
  readonly cpuUsPerQuery: number;
}

async function ask(room: Room, server: { address: string; pid: number }): Promise<Answering> {
  const before = cpuMs(server.pid);
  const command = ['dnsperf', '-s', server.address, '-p', '53', '-d', join(room.dir, 'queries'), '-T', '1'];
  const said = await run('ip', within(room, [...command, '-c', '8', '-q', '200', '-l', String(SECONDS)]));
  const spent = cpuMs(server.pid) - before;
  const [done, lost] = [/Queries completed:\s+(\d+)/, /Queries lost:\s+(\d+)/].map((form) =>
    Number(form.exec(said)?.[1]),
  );
  if (!/Response codes:\s+NOERROR \d+ \(100\.00%\)/.test(said))
    throw new Error(`dnsperf: not all were answered: ${said}`);
  if ((lost ?? 0) > (done ?? 0) / 1000) throw new Error(`dnsperf: ${lost} queries were lost`);
  return {
    perSecond: Number(/Queries per second:\s+([\d.]+)/.exec(said)?.[1]),
    cpuUsPerQuery: (spent * 1000) / (done ?? 0),
  };
}

async function answering(room: Room, address: string): Promise<void> {
  const asked = ['dnsperf', '-s', address, '-d', join(room.dir, 'queries'), '-n', '1', '-q', '1'];
  await until(`answers from ${address}`, async () => {
    const said = await run('ip', within(room, asked)).catch(() => '');
    return /NOERROR \d+ \(100/.test(said) ? true : undefined;
  });
}

async function compare(room: Room, ours: Child, unbound: Child): Promise<Measured[]> {
  await answering(room, OURS);
  await answering(room, UNBOUND);
  const pairs: { ours: Answering; unbound: Answering }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const pair = {
      ours: await ask(room, { address: OURS, pid: ours.pid }),
      unbound: await ask(room, { address: UNBOUND, pid: unbound.pid }),
    };
    pairs.push(pair);
    progress(`names: ${figure(pair.ours.perSecond)}/s, unbound ${figure(pair.unbound.perSecond)}/s`);
  }
  const of = (read: (pair: (typeof pairs)[number]) => number): number => median(pairs.map(read));
  const value = of((pair) => pair.ours.perSecond / pair.unbound.perSecond);
  const note =
    `${figure(of((pair) => pair.ours.perSecond))} and ${figure(of((pair) => pair.unbound.perSecond))} queries/s (dnsperf, one thread, ` +
    `${ROUNDS} × ${SECONDS} s in turn); by CPU time of the process ` +
    `${figure(of((pair) => pair.unbound.cpuUsPerQuery / pair.ours.cpuUsPerQuery))} ` +
    `(${figure(of((pair) => pair.ours.cpuUsPerQuery))} and ${figure(of((pair) => pair.unbound.cpuUsPerQuery))} µs a query)`;
  return [{ name: 'names of a node', value, unit: '× unbound, 1 thread', aim: { is: '≥', than: 0.8 }, note }];
}

function prepare(dir: string): void {
  chmodSync(dir, 0o755);
  writeFileSync(join(dir, 'dns.json'), JSON.stringify(dnsFile));
  writeFileSync(join(dir, 'queries'), records.map(({ key }) => `${key}.internal A\n`).join(''));
  writeFileSync(join(dir, 'unbound.conf'), unboundConfig(dir));
}

async function measure(grounds: Grounds): Promise<Measured[]> {
  const room = { dir: mkdtempSync(join(tmpdir(), 'techulus-dns-')), namespace: `bench-dns-${process.pid}` };
  const children: Child[] = [];
  prepare(room.dir);
  await run('ip', ['netns', 'add', room.namespace]);
  const end = async (): Promise<void> => {
    for (const child of children) await child.stop();
    await run('ip', ['netns', 'del', room.namespace]).catch(() => undefined);
    rmSync(room.dir, { recursive: true, force: true });
  };
  grounds.onEnd(end);
  await run('ip', within(room, ['ip', 'link', 'set', 'lo', 'up']));
  const env = { PATH: process.env['PATH'], MALLOC_ARENA_MAX: '1' };
  const program = [process.execPath, ...FLAGS, 'apps/agent/dist/dns.js', join(room.dir, 'dns.json')];
  // `ip netns exec` becomes the program, so that the child is it.
  const ours = start('ip', within(room, program), env);
  const unbound = start('ip', within(room, ['unbound', '-c', join(room.dir, 'unbound.conf')]));
  children.push(ours, unbound);
  return compare(room, ours, unbound);
}

export const dnsRate: Bench = { name: 'dns', measure };
