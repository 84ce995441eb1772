/**
 * The lab against this machine, without a control plane: up, faults, interruptions, down, and nothing left. Run by
 * `node tools/lab/check/lifecycle.ts` as root; its lab lies beside the one of the checkout and is purged at the end.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import * as lab from '../src/index.ts';
import { run, tryRun } from '../src/run.ts';
import { waitUntil } from '../src/wait-until.ts';

const paths = lab.labPaths(mkdtempSync('/var/tmp/techulus-lab-check-'));
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const env = { ...process.env, TECHULUS_LAB_DIR: paths.lab };
const bare = { paths, workers: 2, proxies: 0, controlPlane: false };

let ownLinks = 'tlab-none';

/** Found by other means than the lab's own: every mount namespace, every command line, all cgroups and links of its name. */
async function traces(): Promise<string[]> {
  if (existsSync(paths.place))
    ownLinks = `tlab${(JSON.parse(readFileSync(paths.place, 'utf8')) as { subnet: number }).subnet}`;
  const look = [
    `grep -ls '${paths.lab}/nodes' /proc/[0-9]*/mountinfo`,
    `ps -eo pid,cmd | grep '[t]echulus-lab-check-' | grep -v lifecycle.ts`,
    `ip -br link | grep -E '^${ownLinks}(n[0-9]+@| )'`,
    `find /sys/fs/cgroup -maxdepth 2 -name '${ownLinks}-*'`,
  ];
  const found = await run('sh', ['-c', look.map((line) => `${line} || true`).join('\n')]);
  return found.split('\n').filter(Boolean);
}

async function step(title: string, work: () => Promise<void>): Promise<void> {
  const start = performance.now();
  await work();
  process.stdout.write(`ok ${title} (${((performance.now() - start) / 1000).toFixed(2)} s)\n`);
}

async function cutShort(ms: number): Promise<void> {
  const child = spawn(process.execPath, [main, 'up', '--no-control-plane', '--workers', '2', '--proxies', '0'], {
    env,
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await sleep(ms);
  child.kill('SIGKILL');
  await ended;
}

const reach = async (from: string, address: string): Promise<boolean> =>
  (await lab.tryExecInNode(from, ['ping', '-c1', '-W1', address], { paths })).code === 0;

const scenarios: readonly (readonly [string, () => Promise<void>])[] = [
  [
    'up with two bare nodes',
    async () => {
      const state = await lab.labUp(bare);
      assert.deepEqual(
        state.nodes.map((node) => node.name),
        ['worker-1', 'worker-2'],
      );
      const [first, second] = state.nodes;
      assert.ok(await reach('worker-1', second?.address ?? ''));
      assert.ok(await reach('worker-2', first?.address ?? ''));
    },
  ],
  [
    'a second up is refused while one is at work',
    async () => {
      const busy = lab.labUp(bare);
      const refused = await tryRun(process.execPath, [main, 'up', '--no-control-plane'], { env });
      await busy;
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /another lab command is at work/);
    },
  ],
  [
    'a container from the registry runs and answers the other node',
    async () => {
      const { registry, nodes } = lab.readLabJson({ paths });
      const conf = `[[registry]]\nlocation = "${registry}"\ninsecure = true\n`;
      await lab.execInNode('worker-1', ['sh', '-c', 'cat > /etc/containers/registries.conf.d/lab.conf'], {
        paths,
        input: conf,
      });
      await lab.execInNode(
        'worker-1',
        ['podman', 'run', '-d', '--name', 'web', '-p', '8080:8080', `${registry}/demo/web:1`],
        { paths },
      );
      const ask = [
        'curl',
        '-fsS',
        '--retry',
        '20',
        '--retry-connrefused',
        '--retry-delay',
        '1',
        `http://${nodes[0]?.address}:8080/`,
      ];
      const answer = JSON.parse(await lab.execInNode('worker-2', ask, { paths })) as { version: string };
      assert.equal(answer.version, '1');
    },
  ],
  [
    'partitions cut what they say, stay over a reboot, and heal',
    async () => {
      const { nodes, registry } = lab.readLabJson({ paths });
      const gateway = registry.split(':')[0] ?? '';
      const other = nodes[1]?.address ?? '';
      const seen = async (): Promise<[boolean, boolean]> => [
        await reach('worker-1', gateway),
        await reach('worker-1', other),
      ];
      await lab.partitionNode('worker-1', 'api', { paths });
      assert.deepEqual(await seen(), [false, true]);
      await lab.healNode('worker-1', { paths });
      await lab.partitionNode('worker-1', 'nodes', { paths });
      assert.deepEqual(await seen(), [true, false]);
      await lab.rebootNode('worker-1', { paths });
      assert.deepEqual(await seen(), [true, false]);
      await lab.healNode('worker-1', { paths });
      await lab.partitionNode('worker-1', 'all', { paths });
      assert.deepEqual(await seen(), [false, false]);
      await lab.rebootNode('worker-1', { paths });
      assert.deepEqual(await seen(), [false, false]);
      await lab.healNode('worker-1', { paths });
      assert.deepEqual(await seen(), [true, true]);
    },
  ],
  [
    'a crash turns a node off, a boot finds its disk as it was',
    async () => {
      await lab.execInNode('worker-2', ['sh', '-c', 'echo kept > /root/file; sync'], { paths });
      await lab.crashNode('worker-2', { paths });
      assert.equal(lab.readLabJson({ paths }).nodes[1]?.pid, null);
      await lab.bootNode('worker-2', { paths });
      assert.equal(await lab.execInNode('worker-2', ['cat', '/root/file'], { paths }), 'kept\n');
    },
  ],
  [
    'a dead supervisor takes its node along, and up repairs it',
    async () => {
      const pid = Number(readFileSync(`${paths.nodes}/worker-2/daemon.pid`, 'utf8').split(' ')[0]);
      process.kill(pid, 'SIGKILL');
      await waitUntil(() => lab.readLabJson({ paths }).nodes[1]?.pid === null, {
        what: 'end of the node',
        seconds: 10,
      });
      await lab.labUp(bare);
      assert.ok((lab.readLabJson({ paths }).nodes[1]?.pid ?? 0) > 1);
    },
  ],
  [
    'down leaves nothing, up again has the same addresses',
    async () => {
      const before = lab.readLabJson({ paths }).nodes.map(({ name, address }) => ({ name, address }));
      await lab.labDown({ paths });
      assert.deepEqual(await traces(), []);
      await lab.labUp(bare);
      assert.deepEqual(
        lab.readLabJson({ paths }).nodes.map(({ name, address }) => ({ name, address })),
        before,
      );
    },
  ],
  [
    'a stranger with a recycled number is left alone',
    async () => {
      await lab.labDown({ paths });
      const stranger = spawn('sleep', ['60'], { stdio: 'ignore' });
      writeFileSync(`${paths.registry}/daemon.pid`, `${stranger.pid} 12345\n`);
      writeFileSync(`${paths.nodes}/worker-1/pid`, `${stranger.pid} 12345\n`);
      await lab.labUp(bare);
      await lab.labDown({ paths });
      assert.equal(stranger.exitCode ?? stranger.signalCode, null);
      stranger.kill();
    },
  ],
  [
    'an up that is killed anywhere is completed by the next, and down finds everything',
    async () => {
      for (const ms of [60, 150, 300, 450, 600, 750, 900, 1200]) {
        await cutShort(ms);
        if (ms % 300 === 0) await lab.labUp(bare);
        if (existsSync(paths.place)) await lab.labDown({ paths });
        assert.deepEqual(await traces(), [], `after ${ms} ms`);
      }
      const state = await lab.labUp(bare);
      assert.equal(state.nodes.length, 2);
    },
  ],
  [
    'down interrupts an up of the same process',
    async () => {
      await lab.labDown({ paths });
      const coming = lab.labUp(bare).then(
        () => 'up',
        () => 'interrupted',
      );
      await sleep(400);
      await lab.labDown({ paths });
      assert.equal(await coming, 'interrupted');
      assert.deepEqual(await traces(), []);
    },
  ],
];

try {
  for (const [title, work] of scenarios) await step(title, work);
} finally {
  await lab.labDown({ paths, purge: true });
  assert.deepEqual(await traces(), []);
  process.stdout.write('ok nothing is left\n');
}
