/** What can be said of real nodes only. */
import { type Bench, type Grounds, progress } from '../bench.ts';
import { deploy, type Lab, newService, removeService, startLab } from '../lab/lab.ts';
import { cpuMsOf, megabytesOf } from '../machine/process-figures.ts';
import { pause } from '../machine/run.ts';
import { figure, type Measured } from '../row.ts';
import { median } from '../statistics.ts';

const ROUNDS = 5;
const CONTAINERS = 20;
const IDLE_SECONDS = 30;

/** Three containers made and started one after the other through Podman's socket, in nanoseconds; the first is not counted. */
const PODMAN = `set -e
socket() { curl -fsS --unix-socket /run/podman/podman.sock "$@"; }
image=$(podman images --quiet --no-trunc | head -n 1)
one() {
  socket -H 'content-type: application/json' -d "{\\"Image\\":\\"$image\\"}" "http://podman/v1.41/containers/create?name=bench-$1" > /dev/null
  socket -X POST "http://podman/v1.41/containers/bench-$1/start" > /dev/null
}
one 0; from=$(date +%s%N); one 1; one 2; one 3; to=$(date +%s%N)
for n in 0 1 2 3; do socket -X DELETE "http://podman/v1.41/containers/bench-$n?force=true" > /dev/null; done
echo $((to - from))`;

async function floorMs(lab: Lab, node: string): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 3; round += 1) times.push(Number(await lab.inNode(node, PODMAN)) / 1e6);
  return median(times);
}

async function deployRatio(lab: Lab): Promise<Measured> {
  const warm = await newService(lab, 'bench-warm', { replicas: 3 });
  await deploy(lab, warm, 3);
  const times: number[] = [];
  const floors: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    floors.push(await floorMs(lab, lab.nodes[0]?.name ?? ''));
    const service = await newService(lab, `bench-${round}`, { replicas: 3 });
    times.push(await deploy(lab, service, 3));
    await removeService(lab, service);
    progress(`deploy: ${figure(times.at(-1) ?? 0)} ms, Podman ${figure(floors.at(-1) ?? 0)} ms`);
  }
  await removeService(lab, warm);
  const value = median(times.map((time, round) => time / (floors[round] ?? Number.NaN)));
  const note =
    `median of ${ROUNDS}: ${figure(median(times))} ms from the order to three replicas running on three nodes, ` +
    `${figure(median(floors))} ms for three times create and start through Podman's socket on one`;
  return { name: 'deploy → 3 replicas running', value, unit: '× Podman alone', aim: { is: '≤', than: 5 }, note };
}

const STAT = (unit: string, file: string): string => `cat /proc/$(systemctl show -p MainPID --value ${unit})/${file}`;

async function idleFigures(lab: Lab): Promise<Measured[]> {
  const [node] = lab.nodes.filter(({ role }) => role === 'worker');
  if (node === undefined) throw new Error('the lab has no worker');
  const placement = { constraints: [], servers: [node.serverId] };
  const service = await newService(lab, 'bench-twenty', { replicas: CONTAINERS, placement });
  await deploy(lab, service, CONTAINERS, 300);
  await pause(20_000);
  const agent = (file: string): Promise<string> => lab.inNode(node.name, STAT('techulus-agent', file));
  const dns = (file: string): Promise<string> => lab.inNode(node.name, STAT('techulus-dns', file));
  const [before, from] = [await agent('stat'), performance.now()];
  await pause(IDLE_SECONDS * 1000);
  const [after, to] = [await agent('stat'), performance.now()];
  const share = ((cpuMsOf(after) - cpuMsOf(before)) / (to - from)) * 100;
  const whole = ((cpuMsOf(after, 'and children') - cpuMsOf(before, 'and children')) / (to - from)) * 100;
  const [status, rollup] = [await agent('status'), await dns('smaps_rollup')];
  await removeService(lab, service);
  const programs = `${figure(whole)} % with the programs that it ran, ${IDLE_SECONDS} s`;
  return [
    {
      name: `agent idle with ${CONTAINERS} containers, CPU`,
      value: share,
      unit: '% of a core',
      aim: { is: '<', than: 1 },
      note: programs,
    },
    {
      name: 'memory of the agent, idle',
      value: megabytesOf(status, 'VmRSS'),
      unit: 'MB',
      aim: { is: '<', than: 90 },
      note: `resident, ${CONTAINERS} containers`,
    },
    {
      name: 'memory of the DNS process, idle',
      value: megabytesOf(rollup, 'Pss'),
      unit: 'MB',
      aim: { is: '<', than: 40 },
      note: 'proportional (PSS): it shares the Node binary with the agent',
    },
  ];
}

async function measure(grounds: Grounds): Promise<Measured[]> {
  const lab = await startLab();
  grounds.onEnd(() => lab.down());
  return [await deployRatio(lab), ...(await idleFigures(lab))];
}

export const labRows: Bench = { name: 'lab', measure };
