/** The control plane as a process of its own, for what only kill -9 shows. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CONTROL_PLANE_KEY_FILE } from '../keys/control-plane-key.ts';
import { MASTER_KEY_FILE } from '../keys/master-key.ts';
import type { TestControlPlane } from './test-control-plane.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const BUNDLE = `const { build } = await import('esbuild');
const { bundles } = await import('./scripts/build/bundles.ts');
await build({ ...bundles[0], outfile: process.argv[1], sourcemap: false });`;

export interface ApiProcess {
  readonly url: string;
  /** As the kernel does it: nothing is said, nothing is finished. Resolves when it is gone. */
  kill(): Promise<void>;
}

export interface ApiProgram {
  /** Another process on a control plane's database, with its keys. */
  start(plane: TestControlPlane): Promise<ApiProcess>;
  remove(): void;
}

/** Bundled from the sources as they are, beside the real one, where it finds its packages. */
export function buildApiProgram(): ApiProgram {
  const path = join(ROOT, `apps/api/dist/test-${process.pid}.js`);
  execFileSync(process.execPath, ['--input-type=module', '-e', BUNDLE, path], { cwd: ROOT });
  const folders: string[] = [];
  return {
    async start(plane) {
      const folder = mkdtempSync(join(tmpdir(), 'techulus-process-'));
      folders.push(folder);
      for (const name of [MASTER_KEY_FILE, CONTROL_PLANE_KEY_FILE])
        cpSync(join(plane.config.stateDirectory, name), join(folder, name));
      return started(path, folder, plane);
    },
    remove: () => [path, ...folders].forEach((each) => rmSync(each, { recursive: true, force: true })),
  };
}

async function started(path: string, folder: string, { config }: TestControlPlane): Promise<ApiProcess> {
  const child = spawn(process.execPath, [path], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      TECHULUS_STATE_DIR: folder,
      TECHULUS_LISTEN: '127.0.0.1:0',
      DATABASE_URL: config.databaseUrl,
      TECHULUS_AGENT_DEB: config.agentPackage,
    },
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  return { url: await readyUrl(child), kill };
}

async function readyUrl({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('its output is not read');
  const said: string[] = [];
  for await (const line of createInterface({ input: stdout })) {
    said.push(line);
    const { msg, urls } = JSON.parse(line) as { msg: string; urls?: string[] };
    if (msg === 'ready') return urls?.[0] ?? '';
  }
  throw new Error(`the control plane ended before it was ready: ${said.join(' ')}`);
}
