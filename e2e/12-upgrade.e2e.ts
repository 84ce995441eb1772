import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { agentDeb } from '@techulus/lab';
import { ensureDemo, image, quiet, serverNamed } from './support/cluster.ts';
import { copyInto } from './support/machines.ts';
import { askedEvery100ms } from './support/name-watch.ts';
import { containersOf, nodeNames, sh, tunnelProcess } from './support/nodes.ts';
import { failed, steadyRequests } from './support/steady-requests.ts';
import { expectWithin, note, waitFor } from './support/wait-for.ts';

const version = '0.1.0+e2e1';

describe('the package upgraded in place', () => {
  let deb = '';

  beforeAll(() => {
    expect(agentDeb()).toBeDefined();
    execFileSync(process.execPath, ['packaging/deb/build.ts', '--version', version], { stdio: 'pipe' });
    deb = resolve('dist', `techulus-agent_${version}_amd64.deb`);
  });

  it('restarts no container and cuts no tunnel; a name is never away for longer than a retry', async () => {
    await ensureDemo();
    const stranger = `podman run -d --name stranger --network none ${image('demo/data:1')} sleep 3600`;
    await sh('worker-1', `podman rm --force --ignore --time 0 stranger; ${stranger}`);
    const state = "podman container inspect --format '{{.Id}} {{.State.StartedAt}} {{.State.Status}}' stranger";
    const before = [
      await containersOf(),
      await Promise.all(nodeNames().map(tunnelProcess)),
      await sh('worker-1', state),
    ];
    for (const node of nodeNames()) await copyInto(node, deb, '/var/tmp/agent.deb');
    const names = nodeNames().map((node) => askedEvery100ms(node, 'web.internal'));
    const requests = steadyRequests('proxy-1', { name: 'web.internal', pauseSeconds: 0.1 });
    for (const node of nodeNames())
      await sh(
        node,
        'DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends /var/tmp/agent.deb',
        120,
      );
    for (const node of nodeNames()) {
      const reported = ({ conditions, status }: Awaited<ReturnType<typeof serverNamed>>): boolean =>
        conditions?.versions.agent === version && status === 'online';
      await waitFor(`the new version on ${node}`, () => serverNamed(node), reported);
    }
    await quiet();
    const watched = await Promise.all(names.map((each) => each.stop()));
    const answers = await requests.stop();
    const twice = watched.reduce((sum, { retried }) => sum + retried, 0);
    note(
      `${watched.map(({ asked }) => asked).join(', ')} names asked and ${answers.length} requests during the upgrade, ${twice} names asked twice`,
    );
    expect(watched.flatMap(({ lost }) => lost)).toEqual([]);
    expectWithin('longest wait for a name', 1.2, Math.max(...watched.map(({ longestSeconds }) => longestSeconds)));
    expect(failed(answers)).toEqual([]);
    const after = [
      await containersOf(),
      await Promise.all(nodeNames().map(tunnelProcess)),
      await sh('worker-1', state),
    ];
    expect(after).toEqual(before);
    await sh('worker-1', 'podman rm --force --time 0 stranger');
  });
});
