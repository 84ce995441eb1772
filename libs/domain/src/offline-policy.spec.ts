import { recordAddresses } from './records.ts';
import { startRollout } from './rollout-commands.ts';
import { changeService } from './service-commands.ts';
import { Scenario, spec } from './testing/scenario.ts';

function running(replicas: number): { story: Scenario; web: string; servers: string[] } {
  const story = new Scenario();
  const servers = ['a', 'b', 'c'].map((name) => story.addServer(name));
  story.pass(3);
  const web = story.addService('web', { replicas });
  story.passUntilEnded(story.decide((draft) => startRollout(draft, { serviceId: web })));
  return { story, web, servers };
}

describe('a server that falls silent', () => {
  it('is out of the names after 15 s, replaced within 20, and loses what is too much when it returns', () => {
    const { story, web, servers } = running(3);
    const [lost = ''] = servers;
    const [replica] = story.replicas(web, 'running').filter((d) => d.serverId === lost);
    story.silent.add(lost);
    story.pass(15);
    expect(story.cluster.servers.get(lost)?.offlineAt).not.toBeNull();
    expect(recordAddresses(story.cluster, web)).not.toContain(replica?.address);
    story.pass(5);
    expect(story.replicas(web, 'running').filter((d) => d.serverId !== lost)).toHaveLength(3);
    expect(recordAddresses(story.cluster, web)).toHaveLength(3);
    story.silent.clear();
    story.pass(20);
    expect(story.cluster.servers.get(lost)?.offlineAt).toBeNull();
    expect(story.replicas(web).map((d) => d.stage)).toEqual(['running', 'running', 'running']);
    expect([...story.claims.keys()].filter((key) => key.startsWith('address/'))).toHaveLength(3);
  });

  it('keeps its address held until it was seen to be gone', () => {
    const { story, web, servers } = running(3);
    const [lost = ''] = servers;
    const [replica] = story.replicas(web, 'running').filter((d) => d.serverId === lost);
    story.silent.add(lost);
    story.pass(300);
    expect(story.claims.has(`address/${replica?.address}`)).toBe(true);
    expect(story.cluster.deployments.get(replica?.id ?? '')?.leaving?.reason).toBe('lost');
  });

  it('stays named when it has the last replica, until a replacement serves', () => {
    const { story, web } = running(1);
    const [replica] = story.replicas(web, 'running');
    story.behaviours.set('registry.test/web:1', (d) =>
      story.now - d.createdAt < 30_000 ? { health: 'starting' } : {},
    );
    story.silent.add(replica?.serverId ?? '');
    story.pass(20);
    expect(recordAddresses(story.cluster, web)).toEqual([replica?.address]);
    story.pass(30);
    expect(recordAddresses(story.cluster, web)).toHaveLength(1);
    expect(recordAddresses(story.cluster, web)).not.toContain(replica?.address);
  });

  it('together with more than half of the fleet is not evicted', () => {
    const { story, web, servers } = running(3);
    story.silent.add(servers[0] ?? '');
    story.pass(2);
    story.silent.add(servers[1] ?? '');
    story.pass(120);
    expect(story.log.some((event) => event.type === 'server.went_offline')).toBe(false);
    expect(recordAddresses(story.cluster, web)).toHaveLength(3);
  });

  it('together with all others in the middle of a rollout is waited for, and the rollout goes on', () => {
    for (const seconds of [2, 4, 8, 14]) {
      const { story, web, servers } = running(3);
      story.decide((draft) => changeService(draft, { id: web, spec: spec('registry.test/web:2') }));
      const rollout = story.decide((draft) => startRollout(draft, { serviceId: web }));
      story.pass(seconds);
      for (const id of servers) story.silent.add(id);
      story.pass(40);
      story.silent.clear();
      story.passUntilEnded(rollout);
      expect(story.terminal(rollout)).toBe('rollout.succeeded');
      expect(new Set(story.replicas(web, 'running').map((d) => d.revision))).toEqual(new Set([2]));
    }
  });

  it('that is heard again in time is not evicted', () => {
    const { story, servers } = running(3);
    story.silent.add(servers[0] ?? '');
    story.pass(13);
    story.silent.clear();
    story.pass(30);
    expect(story.log.some((event) => event.type === 'server.went_offline')).toBe(false);
  });
});
