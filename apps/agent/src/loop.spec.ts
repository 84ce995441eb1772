import { deployment, MemoryNode } from './testing/memory-node.ts';

const IMAGE = 'registry.test/web:1';

async function serving(...keys: string[]): Promise<MemoryNode> {
  const node = new MemoryNode();
  node.podman.registry.add(IMAGE);
  node.controlPlane.expect(
    'containers',
    keys.map((key) => deployment(key)),
  );
  await node.start();
  await node.time.until('all are healthy', () => {
    const containers = node.controlPlane.last()?.containers ?? [];
    return containers.length === keys.length && containers.every((container) => container.health === 'healthy');
  });
  return node;
}

describe('the loop', () => {
  it('pulls, creates, starts, checks and reports what it is expected to run', async () => {
    const node = await serving('a', 'b');
    expect(node.podman.calls).toEqual([
      `pull ${IMAGE}`,
      'create network techulus',
      'create a',
      'start a',
      'create b',
      'start b',
    ]);
    await node.time.advance(1_000);
    expect(node.controlPlane.last()).toMatchObject({
      agentState: 'IDLE',
      sections: { containers: { generation: { epoch: 1, position: 1, renderer: 1 } } },
      podmanAnswers: true,
    });
    await node.stop();
  });

  it('lets no image that cannot be pulled stand in the way of names, peers or other deployments', async () => {
    const node = await serving('a');
    node.controlPlane.expect('dns', [{ key: 'web', addresses: ['10.200.7.107'] }]);
    node.controlPlane.expect('wireguard', []);
    node.controlPlane.expect('containers', [deployment('a'), deployment('b', { image: 'registry.test/none:1' })]);
    await node.time.until(
      'the failure is told',
      () => node.controlPlane.last()?.containers[1]?.reason === 'image_not_found',
    );
    await node.time.advance(1_000);
    expect(node.sections.applied).toEqual(['dns', 'wireguard']);
    expect(node.controlPlane.last()).toMatchObject({
      agentState: 'IDLE',
      containers: [{ health: 'healthy' }, { phase: 'failed' }],
    });
    await node.stop();
  });

  it('keeps what a restored control plane does not know, says what it is, and stops it when it is told to', async () => {
    const node = await serving('a', 'b', 'c');
    const restored = { epoch: 2, stopOnly: ['c'], position: 0 };
    Object.assign(node.controlPlane, restored);
    node.controlPlane.expect('containers', [deployment('a')]);
    await node.time.until(
      'the one that is known to end has ended',
      () => node.controlPlane.last()?.containers.length === 2,
    );
    await node.time.advance(30_000);
    expect(node.controlPlane.last()?.containers).toMatchObject([
      { deploymentId: 'a', phase: 'running' },
      {
        deploymentId: 'b',
        phase: 'running',
        origin: { serviceId: deployment('b').serviceId, address: deployment('b').address },
      },
    ]);
    expect(node.controlPlane.last()?.containers[0]).not.toHaveProperty('origin');
    node.controlPlane.stopOnly = undefined;
    node.controlPlane.expect('containers', [deployment('a')]);
    await node.time.until('it is stopped', () => node.controlPlane.last()?.containers.length === 1);
    await node.stop();
  });

  it('does not stop a container while the names in effect here still lead to it', async () => {
    const node = await serving('a');
    const record = { key: 'web', addresses: [deployment('a').address] };
    node.controlPlane.expect('dns', [record]);
    await node.time.until('the name is in effect', () => node.sections.dns.addresses.length === 1);
    node.controlPlane.expect('containers', []);
    await node.time.advance(5_000);
    expect(node.podman.byDeployment('a')?.state).toBe('running');
    node.controlPlane.expect('dns', [{ key: 'web', addresses: [] }]);
    await node.time.until('it is gone', () => node.podman.containers.size === 0, 2_000);
    await node.stop();
  });

  it('sends SIGTERM at once, SIGKILL when the stop timeout has passed, and goes on with other things meanwhile', async () => {
    const node = await serving('a');
    node.podman.deaf.add(IMAGE);
    node.controlPlane.expect('containers', []);
    await node.time.until('SIGTERM is sent', () => node.podman.calls.includes('SIGTERM a'), 1_000);
    node.controlPlane.expect('containers', [deployment('b')]);
    await node.time.until('b runs', () => node.podman.byDeployment('b')?.state === 'running', 2_000);
    expect(node.podman.calls).not.toContain('SIGKILL a');
    await node.time.advance(10_000);
    expect(node.podman.calls).toEqual(expect.arrayContaining(['SIGKILL a', 'remove a']));
    await node.stop();
  });

  it('has a container that was killed back within a second, and the next crashes wait', async () => {
    const node = await serving('a');
    node.podman.end(node.podman.byDeployment('a')!.id, 137);
    await node.time.until('it runs again', () => node.podman.byDeployment('a')?.state === 'running', 1_000);
    node.podman.end(node.podman.byDeployment('a')!.id, 1);
    await node.time.advance(9_000);
    expect(node.podman.byDeployment('a')?.state).toBe('exited');
    expect(node.controlPlane.last()?.containers[0]).toMatchObject({
      phase: 'exited',
      exitCode: 1,
      restarts: 1,
      lastLogLines: ['the last words of a'],
    });
    await node.time.until('it runs again', () => node.podman.byDeployment('a')?.state === 'running', 2_000);
    await node.stop();
  });

  it('enters the crash loop after the third crash and leaves it after a minute', async () => {
    const node = await serving('a');
    node.podman.crashing.set(IMAGE, 1);
    node.podman.end(node.podman.byDeployment('a')!.id, 1);
    await node.time.until('it is a crash loop', () => node.controlPlane.last()?.containers[0]?.crashLooping === true);
    node.podman.crashing.clear();
    await node.time.until('it runs', () => node.podman.byDeployment('a')?.state === 'running');
    await node.time.until(
      'it has left the loop',
      () => node.controlPlane.last()?.containers[0]?.crashLooping === false,
      70_000,
    );
    await node.stop();
  });

  it('starts the same containers after a reboot and counts no crash', async () => {
    const node = await serving('a', 'b');
    await node.stop();
    const before = [...node.podman.containers.keys()];
    node.reboot();
    node.controlPlane.reachable = false;
    await node.start();
    await node.time.until(
      'both run',
      () => [...node.podman.containers.values()].every((c) => c.state === 'running'),
      2_000,
    );
    expect([...node.podman.containers.keys()]).toEqual(before);
    node.controlPlane.reachable = true;
    await node.time.advance(15_000);
    expect(node.controlPlane.last()?.containers.map((c) => c.restarts)).toEqual([0, 0]);
    await node.stop();
  });

  it('restarts no container when the agent restarts, and knows their health at once', async () => {
    const node = await serving('a');
    await node.stop();
    const calls = node.podman.calls.length;
    const reports = node.controlPlane.reports.length;
    await node.start();
    await node.time.advance(3_000);
    expect(node.podman.calls).toHaveLength(calls);
    const told = node.controlPlane.reports.slice(reports).filter((report) => report.containers.length > 0);
    expect(told.map((report) => report.containers[0]?.health)).not.toContain('starting');
    await node.stop();
  });

  it('repairs from what it accepted last while no control plane answers', async () => {
    const node = await serving('a');
    await node.stop();
    node.controlPlane.reachable = false;
    await node.podman.remove(node.podman.byDeployment('a')!.id);
    await node.start();
    await node.time.until('it runs again', () => node.podman.byDeployment('a')?.state === 'running', 5_000);
    await node.stop();
  });

  it('touches no container without our label', async () => {
    const node = new MemoryNode();
    node.podman.images.add(IMAGE);
    const foreign = await node.podman.create({ name: 'foreign', Image: IMAGE, Labels: {} } as never);
    await node.podman.start(foreign);
    node.podman.calls.length = 0;
    node.controlPlane.expect('containers', []);
    await node.start();
    await node.time.advance(30_000);
    expect(node.podman.calls).toEqual([]);
    await node.stop();
  });

  it('refuses a network of our name that is not ours, says what to do, and goes on', async () => {
    const node = new MemoryNode();
    node.podman.registry.add(IMAGE);
    node.podman.networks.set('techulus', {
      name: 'techulus',
      bridge: 'br0',
      subnet: '10.9.0.0/24',
      gateway: '',
      mtu: 0,
      labels: {},
    });
    node.controlPlane.expect('containers', [deployment('a')]);
    node.controlPlane.expect('dns', []);
    await node.start();
    await node.time.until('it is told', () => node.controlPlane.last()?.containers[0]?.reason === 'create_failed');
    await node.time.advance(1_000);
    expect(node.controlPlane.last()?.containers[0]?.message).toContain('podman network rm techulus');
    expect(node.podman.networks.get('techulus')?.bridge).toBe('br0');
    expect(node.sections.applied).toEqual(['dns']);
    await node.stop();
  });

  it('stops what it runs and is silent after a signed removal', async () => {
    const node = await serving('a');
    node.controlPlane.remove();
    await node.time.until('all is gone', () => node.podman.containers.size === 0);
    const polls = node.controlPlane.polls.length;
    await node.time.advance(60_000);
    expect(node.controlPlane.polls).toHaveLength(polls);
    await node.stop();
    await node.start();
    await node.time.advance(1_000);
    expect(node.podman.containers.size).toBe(0);
    await node.stop();
  });

  it('restarts a replica that stays unhealthy, with its last log lines told', async () => {
    const node = await serving('a');
    node.checks.set(deployment('a').address, { ok: false, message: 'answers 500' });
    await node.time.until('it is told', () => node.controlPlane.last()?.containers[0]?.health === 'unhealthy');
    expect(node.controlPlane.last()?.containers[0]).toMatchObject({
      message: 'answers 500',
      lastLogLines: ['the last words of a'],
    });
    await node.time.until('it is restarted', () => node.podman.calls.includes('SIGTERM a'));
    node.checks.clear();
    await node.time.until('it is healthy', () => node.controlPlane.last()?.containers[0]?.health === 'healthy');
    expect(node.controlPlane.last()?.containers[0]?.restarts).toBe(1);
    await node.stop();
  });

  it("lets one run that was started again although Podman's answer to the start was lost", async () => {
    const node = await serving('a');
    node.controlPlane.expect('containers', [deployment('a', { want: 'stop' })]);
    await node.time.until('it stands still', () => node.podman.byDeployment('a')?.state === 'exited');
    const start = node.podman.start.bind(node.podman);
    node.podman.start = (id) => start(id).then(() => Promise.reject(new Error('connection reset')));
    node.controlPlane.expect('containers', [deployment('a')]);
    await node.time.until('it runs', () => node.podman.byDeployment('a')?.state === 'running');
    node.podman.start = start;
    await node.time.until('it is healthy', () => node.controlPlane.last()?.containers[0]?.health === 'healthy', 5_000);
    expect(node.controlPlane.last()?.containers[0]?.phase).toBe('running');
    await node.stop();
  });

  it('tells the connections of a replica that drains, as they end', async () => {
    const node = await serving('a');
    const { address } = deployment('a');
    node.connections.set(address, 2);
    node.controlPlane.expect('containers', [deployment('a', { want: 'drain' })]);
    await node.time.until('two are told', () => node.controlPlane.last()?.containers[0]?.connections === 2, 2_000);
    node.connections.set(address, 0);
    await node.time.until('none is told', () => node.controlPlane.last()?.containers[0]?.connections === 0, 2_000);
    expect(node.podman.byDeployment('a')?.state).toBe('running');
    await node.stop();
  });

  it('starts polls at most ten seconds and at least 200 ms apart', async () => {
    const node = await serving('a');
    for (let round = 0; round < 20; round += 1) {
      node.controlPlane.expect('dns', [{ key: 'web', addresses: [`10.200.7.${round + 2}`] }]);
      await node.time.advance(30);
    }
    await node.time.advance(2_000);
    const { polls } = node.controlPlane;
    const gaps = polls.slice(1).map((at, index) => at - (polls[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(200);
    await node.stop();
  });

  it('does not wait for a poll that was sent into the void once reports are received again', async () => {
    const node = await serving('a');
    node.controlPlane.reachable = false;
    await node.time.advance(20_000);
    node.controlPlane.expect('containers', [deployment('a'), deployment('b')]);
    node.controlPlane.reachable = true;
    await node.time.until('b runs', () => node.podman.byDeployment('b')?.state === 'running', 6_000);
    await node.stop();
  });
});
