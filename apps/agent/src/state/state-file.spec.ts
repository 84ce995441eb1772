import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VirtualTime } from '../testing/virtual-time.ts';
import { objectOfSchema, stateFile } from './state-file.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'techulus-state-'));
});
afterEach(() => rm(folder, { recursive: true }));

function open(warnings: string[] = []) {
  const log = { info: () => undefined, warn: (message: string) => void warnings.push(message) };
  const parse = (value: unknown): { schema: number } => ({ schema: Number(objectOfSchema(value, 1)['schema']) });
  return stateFile({ path: join(folder, 'thing.json'), parse, clock: new VirtualTime(), log });
}

describe('a state file', () => {
  it('is absent at first, then whole, and readable by its owner only', async () => {
    const file = open();
    expect(await file.load()).toBeNull();
    await file.save({ schema: 1 });
    expect(await file.load()).toEqual({ schema: 1 });
    expect((await stat(join(folder, 'thing.json'))).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['thing.json']);
  });

  it.each([
    ['half a file', '{"schema":'],
    ['something else', '[]'],
    ['another schema', '{"schema":2}'],
  ])('sets %s aside with a message, and goes on without it', async (_, text) => {
    await writeFile(join(folder, 'thing.json'), text);
    const warnings: string[] = [];
    expect(await open(warnings).load()).toBeNull();
    const [aside = ''] = await readdir(folder);
    expect(aside).toMatch(/^thing\.json\.corrupt-/);
    expect(await readFile(join(folder, aside), 'utf8')).toBe(text);
    expect(warnings).toEqual([expect.stringContaining('set aside')]);
  });

  it('survives a write that was cut off before it', async () => {
    const file = open();
    await file.save({ schema: 1 });
    await writeFile(join(folder, 'thing.json.new'), '{"sch');
    expect(await file.load()).toEqual({ schema: 1 });
  });
});
