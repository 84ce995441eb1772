import { deployment, MemoryNode } from './testing/memory-node.ts';

describe('the heartbeat', () => {
  it('goes on every five seconds while Podman hangs, with the age of what it tells', async () => {
    const node = new MemoryNode();
    node.podman.registry.add('registry.test/web:1');
    node.controlPlane.expect('containers', [deployment('a')]);
    await node.start();
    await node.time.until('it is healthy', () => node.controlPlane.last()?.containers[0]?.health === 'healthy');
    node.podman.hung = true;
    const before = node.controlPlane.reports.length;
    await node.time.advance(30_000);
    const told = node.controlPlane.reports.slice(before);
    expect(told.length).toBeGreaterThanOrEqual(6);
    expect(told.at(-1)).toMatchObject({ podmanAnswers: false, unobserved: ['containers'] });
    node.podman.hung = false;
    await node.time.until('Podman answers again', () => node.controlPlane.last()?.podmanAnswers === true);
    expect(node.podman.calls.filter((call) => call.startsWith('start'))).toEqual(['start a']);
    await node.stop();
  });

  it('reports before PROCESSING is left, and a change at once', async () => {
    const node = new MemoryNode();
    node.controlPlane.expect('dns', [{ key: 'web', addresses: [] }]);
    await node.start();
    await node.time.until('it is acknowledged', () => node.controlPlane.last()?.sections.dns !== undefined, 2_000);
    const states = node.controlPlane.reports.map((report) => report.agentState);
    expect(states).toContain('PROCESSING');
    const acked = node.controlPlane.reports.find((report) => report.sections.dns !== undefined);
    expect(acked?.agentState).toBe('PROCESSING');
    await node.stop();
  });

  it('asks for the whole of a section that the control plane finds to be another', async () => {
    const node = new MemoryNode();
    node.controlPlane.expect('dns', [{ key: 'web', addresses: [] }]);
    await node.start();
    await node.time.until('it is acknowledged', () => node.controlPlane.last()?.sections.dns !== undefined);
    const polls = node.controlPlane.polls.length;
    node.controlPlane.resend = ['dns'];
    await node.time.advance(20_000);
    expect(node.controlPlane.polls.length).toBeGreaterThan(polls);
    await node.stop();
  });
});
