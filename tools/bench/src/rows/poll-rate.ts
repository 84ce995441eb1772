import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bench, type Grounds, progress } from '../bench.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { POLL_PATH } from '../fleet/wire-client.ts';
import { type Child, start, until } from '../machine/run.ts';
import { type Load, load, type Prepared, type Target } from '../machine/wrk.ts';
import type { Measured } from '../row.ts';
import { figure } from '../row.ts';
import { median } from '../statistics.ts';

const SECONDS = 4;
const ROUNDS = 3;

/** A poll of every agent for what it holds, signed now: good for a minute. */
export function signedPolls(fleet: Fleet): Prepared[] {
  return fleet.agents.map((agent) => ({ method: 'GET', path: POLL_PATH, headers: agent.pollHeaders(0) }));
}

async function startBare(fleet: Fleet, dir: string): Promise<{ child: Child; target: Target }> {
  const secrets = Object.fromEntries(fleet.agents.map(({ identity }) => [identity.serverId, identity.secret]));
  const file = join(dir, 'secrets.json');
  writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
  const child = start(process.execPath, [process.argv[1] ?? '', '--bare-server', file]);
  const port = await until('the bare server', () => /port (\d+)/.exec(child.output())?.[1]);
  return { child, target: { pid: child.pid, url: `http://127.0.0.1:${port}` } };
}

interface Pair {
  readonly ours: Load;
  readonly bare: Load;
}

async function compare(fleet: Fleet, dir: string): Promise<Pair[]> {
  const { child, target } = await startBare(fleet, dir);
  const pairs: Pair[] = [];
  try {
    await load(target, signedPolls(fleet), 1, dir);
    await load(fleet.api, signedPolls(fleet), 1, dir);
    for (let round = 0; round < ROUNDS; round += 1) {
      const ours = await load(fleet.api, signedPolls(fleet), SECONDS, dir);
      const bare = await load(target, signedPolls(fleet), SECONDS, dir);
      pairs.push({ ours, bare });
      progress(`polls: ${figure(ours.perSecond)}/s, bare ${figure(bare.perSecond)}/s`);
    }
  } finally {
    await child.stop();
  }
  return pairs;
}

async function measure(grounds: Grounds): Promise<Measured[]> {
  const fleet = await grounds.large();
  const dir = mkdtempSync(join(tmpdir(), 'techulus-wrk-'));
  try {
    const pairs = await compare(fleet, dir);
    const of = (read: (pair: Pair) => number): string => figure(median(pairs.map(read)));
    const note =
      `${of(({ ours }) => ours.perSecond)} and ${of(({ bare }) => bare.perSecond)} requests/s (wrk, 50 connections, ` +
      `${ROUNDS} × ${SECONDS} s in turn); by CPU time of the process ` +
      `${of(({ ours, bare }) => bare.cpuMsPerRequest / ours.cpuMsPerRequest)} ` +
      `(${of(({ ours }) => ours.cpuMsPerRequest * 1000)} and ${of(({ bare }) => bare.cpuMsPerRequest * 1000)} µs)`;
    const value = median(pairs.map(({ ours, bare }) => ours.perSecond / bare.perSecond));
    return [{ name: 'unchanged signed poll', value, unit: '× bare node:http', aim: { is: '≥', than: 0.8 }, note }];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

export const pollRate: Bench = { name: 'poll', measure };
