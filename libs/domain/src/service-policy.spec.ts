import { isInMotion } from './settle.ts';
import { recordAddresses } from './records.ts';
import { cordonServer, drainServer, removeServer, uncordonServer } from './server-commands.ts';
import { startRollout } from './rollout-commands.ts';
import { changeService, deleteService } from './service-commands.ts';
import { Scenario } from './testing/scenario.ts';

function running(replicas: number): { story: Scenario; web: string } {
  const story = new Scenario();
  for (const name of ['proxy-1', 'web-1', 'web-2']) story.addServer(name);
  story.pass(3);
  const web = story.addService('web', { replicas });
  const rollout = story.decide((draft) => startRollout(draft, { serviceId: web }));
  story.passUntilEnded(rollout);
  return { story, web };
}

describe('scaling', () => {
  it('up adds replicas at once and touches no other', () => {
    const { story, web } = running(3);
    const before = story.log.length;
    const old = new Set(story.replicas(web).map((d) => `deployment/${d.id}`));
    story.decide((draft) => changeService(draft, { id: web, replicas: 5 }));
    story.pass(5);
    expect(story.replicas(web, 'running')).toHaveLength(5);
    expect(story.log.slice(before).filter((event) => old.has(event.stream))).toEqual([]);
  });

  it('down takes replicas out of names, drains them and frees their addresses', () => {
    const { story, web } = running(4);
    story.decide((draft) => changeService(draft, { id: web, replicas: 1 }));
    expect(recordAddresses(story.cluster, web)).toHaveLength(1);
    expect(story.log.some((event) => event.type === 'deployment.stop_requested')).toBe(false);
    story.pass(20);
    expect(story.replicas(web)).toHaveLength(1);
    expect([...story.claims.keys()].filter((key) => key.startsWith('address/'))).toHaveLength(1);
    expect(isInMotion(story.cluster)).toBe(false);
  });

  it('up beyond what fits is refused and changes nothing', () => {
    const { story, web } = running(3);
    story.decide((draft) => changeService(draft, { id: web, placement: { constraints: ['disk==ssd'], servers: [] } }));
    const before = story.log.length;
    expect(() => story.decide((draft) => changeService(draft, { id: web, replicas: 4 }))).toThrow(
      /does not meet disk==ssd/,
    );
    expect(story.log).toHaveLength(before);
  });
});

describe('deleting a service', () => {
  it('ends once the removal of every replica was observed, and frees the name', () => {
    const { story, web } = running(2);
    story.decide((draft) => deleteService(draft, { id: web }));
    expect(story.cluster.services.get(web)?.deleting).toBe(true);
    story.pass(20);
    expect(story.cluster.services.has(web)).toBe(false);
    expect(story.claims.has('service_name/web')).toBe(false);
    expect(story.cluster.records.size).toBe(0);
    expect(story.cluster.gone.dns.map((gone) => gone.key)).toContain('web');
  });

  it('cancels its rollout', () => {
    const { story, web } = running(2);
    const rollout = story.decide((draft) => {
      changeService(draft, { id: web, replicas: 3 });
      return startRollout(draft, { serviceId: web, revision: 1 });
    });
    story.decide((draft) => deleteService(draft, { id: web }));
    expect(['rollout.cancelled', 'rollout.succeeded']).toContain(story.terminal(rollout));
    story.pass(30);
    expect(story.cluster.services.has(web)).toBe(false);
  });
});

describe('a server', () => {
  it('takes no placements until every online peer acknowledged it', () => {
    const story = new Scenario();
    const first = story.addServer('web-1');
    story.pass(1);
    const second = story.addServer('web-2');
    story.report(second);
    expect(story.cluster.servers.get(second)?.admitted).toBe(false);
    story.report(first);
    story.report(second);
    expect(story.cluster.servers.get(second)?.admitted).toBe(true);
  });

  it('that drains is emptied start-first, one replica too', () => {
    const { story, web } = running(3);
    const [server] = [...story.cluster.servers.keys()];
    story.decide((draft) => drainServer(draft, { id: server ?? '' }));
    for (let second = 0; second < 40; second += 1) {
      story.pass(1);
      expect(recordAddresses(story.cluster, web).length).toBeGreaterThanOrEqual(3);
    }
    expect(story.replicas(web, 'running').map((d) => d.serverId)).not.toContain(server);
    expect(story.replicas(web, 'running')).toHaveLength(3);
    story.decide((draft) => uncordonServer(draft, { id: server ?? '' }));
    expect(story.cluster.servers.get(server ?? '')?.draining).toBe(false);
  });

  it('whose replicas fit nowhere else keeps them', () => {
    const { story, web } = running(3);
    const ids = [...story.cluster.servers.keys()];
    for (const id of ids.slice(1)) story.decide((draft) => cordonServer(draft, { id }));
    story.decide((draft) => drainServer(draft, { id: ids[0] ?? '' }));
    story.pass(20);
    expect(story.replicas(web, 'running')).toHaveLength(3);
  });

  it('is removed after its drain', () => {
    const { story, web } = running(3);
    const [server] = [...story.cluster.servers.keys()];
    story.decide((draft) => removeServer(draft, { id: server ?? '', force: false }));
    expect(story.cluster.servers.get(server ?? '')?.removed).toBe(false);
    story.pass(40);
    expect(story.cluster.servers.get(server ?? '')?.removed).toBe(true);
    expect(story.replicas(web, 'running')).toHaveLength(3);
    expect(story.claims.has('subnet/1')).toBe(false);
  });

  it('removed by force is gone at once and its replicas are placed elsewhere', () => {
    const { story, web } = running(3);
    const [server] = [...story.cluster.servers.keys()];
    story.silent.add(server ?? '');
    story.decide((draft) => removeServer(draft, { id: server ?? '', force: true }));
    expect(story.cluster.servers.get(server ?? '')?.removed).toBe(true);
    story.pass(10);
    expect(story.replicas(web, 'running')).toHaveLength(3);
  });
});

describe('an address', () => {
  it('is not given out while any server has not acknowledged names without it', () => {
    const { story, web } = running(3);
    const [deaf] = [...story.cluster.servers.keys()];
    const held = { ...story.presence.get(deaf ?? '') };
    story.decide((draft) => changeService(draft, { id: web, replicas: 1 }));
    story.silent.add(deaf ?? '');
    expect(held.acks?.dns?.position).toBeLessThan(story.cluster.position);
    story.pass(60);
    const addresses = [...story.claims.keys()].filter((key) => key.startsWith('address/'));
    expect(addresses.length).toBeGreaterThan(1);
    story.silent.clear();
    story.pass(30);
    expect([...story.claims.keys()].filter((key) => key.startsWith('address/'))).toHaveLength(1);
  });
});
