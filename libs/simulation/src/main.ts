/** `npm run simulate`: tells stories until a promise breaks. */
import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { simulate } from './simulate.ts';
import { describe } from './story.ts';
import { tell } from './tell.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    seed: { type: 'string' },
    lines: { type: 'string', default: '40' },
    keep: { type: 'boolean', default: false },
  },
});

const first = Number(values.seed ?? 1);
const count = values.seed === undefined ? Number(values.seeds) : 1;
const began = process.hrtime.bigint();
const cpu = process.cpuUsage();
let events = 0;
let simulated = 0;
const broken = new Map<string, number[]>();
for (let seed = first; seed < first + count; seed += 1) {
  const outcome = await simulate(tell(seed));
  events += outcome.events;
  simulated += outcome.ms;
  if (outcome.violation === null) continue;
  broken.set(outcome.violation.code, [...(broken.get(outcome.violation.code) ?? []), seed]);
  console.log(`seed ${seed}: ${outcome.violation.code}: ${outcome.violation.message.slice(0, 400)}`);
  if (!values.keep) {
    console.log(outcome.story.steps.map(describe).join('\n'));
    console.log(outcome.lines.slice(-Number(values.lines)).join('\n'));
    process.exitCode = 1;
    break;
  }
}
const seconds = Number(process.hrtime.bigint() - began) / 1e9;
const used = (process.cpuUsage(cpu).user + process.cpuUsage(cpu).system) / 1e6;
for (const [code, seeds] of broken) console.log(`${code}: ${seeds.length} (${seeds.slice(0, 12).join(' ')})`);
console.log(
  `${count} seeds, ${events} events, ${Math.round(simulated / 1000)} s simulated in ${seconds.toFixed(1)} s, ` +
    `${(count / used).toFixed(1)} seeds per second of a core`,
);
