import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sleep, systemTimers } from '@techulus/ports';
import { query } from '../testing/test-database.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.ts';

const settings = { fsync: 'off' };
const isRoot = process.getuid?.() === 0;

describe('the embedded PostgreSQL', () => {
  let root: string;
  let running: EmbeddedPostgres[];
  const start = async (directory: string): Promise<EmbeddedPostgres> => {
    const server = await startEmbeddedPostgres({ directory, settings });
    running.push(server);
    return server;
  };
  beforeEach(() => {
    root = mkdtempSync('/var/tmp/techulus-embedded-');
    chmodSync(root, 0o755);
    running = [];
  });
  afterEach(async () => {
    await Promise.all(running.map((server) => server.stop()));
    rmSync(root, { recursive: true, force: true });
  });

  it('keeps its data, its port and its password from one start to the next', async () => {
    const directory = join(root, 'postgres');
    const first = await start(directory);
    await query(first.url, 'create table t as select 42 as n');
    await first.stop();
    await first.exited;
    const second = await start(directory);
    expect(second.url).toBe(first.url);
    expect(await query(second.url, 'select n from t')).toEqual([{ n: 42 }]);
    expect(statSync(join(directory, 'password')).mode & 0o777).toBe(0o600);
    await expect(query(second.url.replace(/:[^:@]+@/, ':wrong@'), 'select 1')).rejects.toThrow('password');
  });

  it('takes another port where its own was taken meanwhile', async () => {
    const directory = join(root, 'postgres');
    const first = await start(directory);
    await first.stop();
    const squatter = createServer().listen(first.port, '127.0.0.1');
    const second = await start(directory);
    expect(second.port).not.toBe(first.port);
    await query(second.url, 'select 1');
    squatter.close();
  });

  it('refuses data that another one is running on, and says which', async () => {
    const first = await start(join(root, 'postgres'));
    await expect(start(join(root, 'postgres'))).rejects.toMatchObject({
      code: 'postgres_in_use',
      message: expect.stringContaining(`process id ${first.pid} `) as string,
    });
  });

  it('starts on what a server left that was killed, and on what initdb left half made', async () => {
    const directory = join(root, 'postgres');
    mkdirSync(join(directory, 'data.new', 'half'), { recursive: true });
    const first = await start(directory);
    expect(existsSync(join(directory, 'data.new'))).toBe(false);
    process.kill(first.pid, 'SIGKILL');
    await first.exited;
    const second = await start(directory);
    await query(second.url, 'select 1');
  });

  (isRoot ? it : it.skip)('runs in a folder that only root may enter', async () => {
    chmodSync(root, 0o700);
    const server = await start(join(root, 'postgres'));
    await query(server.url, 'select 1');
    expect(readFileSync(`/proc/${server.pid}/status`, 'utf8')).toMatch(/^Uid:\t(?!0\t)/m);
  });

  it('ends, cleanly, with the process that started it, also when that is killed (-9)', async () => {
    const directory = join(root, 'postgres');
    await (await start(directory)).stop();
    const starter = join(root, 'starter.ts');
    const library = fileURLToPath(new URL('embedded-postgres.ts', import.meta.url));
    writeFileSync(
      starter,
      `const { startEmbeddedPostgres } = await import(${JSON.stringify(library)});
       const server = await startEmbeddedPostgres({ directory: ${JSON.stringify(directory)} });
       console.log(server.pid);`,
    );
    const node = createRequire(import.meta.url).resolve('node/bin/node');
    const parent = spawn(node, ['--conditions=node', starter], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = await new Promise<number>((resolve) => parent.stdout.once('data', (data) => resolve(Number(data))));
    parent.kill('SIGKILL');
    for (let turn = 0; turn < 100 && existsSync(`/proc/${pid}`); turn += 1) await sleep(systemTimers, 50);
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    expect(existsSync(join(directory, 'data', 'postmaster.pid'))).toBe(false);
    await start(directory);
  });
});
