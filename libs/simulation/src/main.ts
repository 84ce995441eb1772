/**
 * `npm run simulate -- --seeds N [--seed S] [--from S]`: tells stories until a promise breaks, then makes that story short,
 * prints it, and writes it as a fixture where `--save FILE` says. `--story FILE` tells one that was kept.
 * `--keep` goes on after a broken promise and only counts.
 */
import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Violation } from './cluster.ts';
import type { Fixture } from './fixture.ts';
import { breaking, shrink } from './shrink.ts';
import { type Outcome, simulate } from './simulate.ts';
import { describe, type Story } from './story.ts';
import { tell } from './tell.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    seed: { type: 'string' },
    from: { type: 'string', default: '1' },
    story: { type: 'string' },
    save: { type: 'string' },
    lines: { type: 'string', default: '60' },
    keep: { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
  },
});

function* stories(): Generator<Story> {
  if (values.story !== undefined) {
    yield (JSON.parse(readFileSync(values.story, 'utf8')) as Fixture).story;
    return;
  }
  const first = Number(values.seed ?? values.from);
  const count = values.seed === undefined ? Number(values.seeds) : 1;
  for (let seed = first; seed < first + count; seed += 1) yield tell(seed);
}

/** The events, the faults, the broken promise: as short as it goes. */
async function report({ code }: Violation, whole: Outcome): Promise<void> {
  const story = values.short ? whole.story : await shrink(whole.story, breaking(code));
  const outcome = values.short ? whole : await simulate(story);
  console.log(outcome.lines.slice(-Number(values.lines)).join('\n'));
  console.log(`${story.servers} servers, ${story.apis} API processes, services: ${JSON.stringify(story.services)}`);
  console.log(story.steps.map(describe).join('\n'));
  console.log(`broken: ${code}: ${outcome.violation?.message.slice(0, 600) ?? 'not any more'}`);
  if (values.save === undefined) return;
  const fixture: Fixture = { was: outcome.violation?.message.slice(0, 200) ?? '', code, story };
  writeFileSync(values.save, `${JSON.stringify(fixture, null, 2)}\n`);
}

const began = process.hrtime.bigint();
const cpu = process.cpuUsage();
const broken = new Map<string, number[]>();
let [told, events, simulated] = [0, 0, 0];
for (const story of stories()) {
  const outcome = await simulate(story);
  const { violation } = outcome;
  told += 1;
  events += outcome.events;
  simulated += outcome.ms;
  if (violation === null) continue;
  console.log(`seed ${story.seed}: ${violation.code}: ${violation.message.slice(0, 400)}`);
  broken.set(violation.code, [...(broken.get(violation.code) ?? []), story.seed]);
  process.exitCode = 1;
  if (values.keep) continue;
  await report(violation, outcome);
  break;
}
const seconds = Number(process.hrtime.bigint() - began) / 1e9;
const { user, system } = process.cpuUsage(cpu);
for (const [code, seeds] of broken) console.log(`${code}: ${seeds.length} (${seeds.slice(0, 12).join(' ')})`);
console.log(
  `${told} seeds, ${events} events, ${Math.round(simulated / 1000)} s simulated in ${seconds.toFixed(1)} s, ` +
    `${((told * 1e6) / (user + system)).toFixed(1)} seeds per second of a core`,
);
