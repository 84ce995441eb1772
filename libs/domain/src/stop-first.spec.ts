import { recordAddresses } from './records.ts';
import { cancelRollout, startRollout } from './rollout-commands.ts';
import { drainServer } from './server-commands.ts';
import { changeService, deleteService } from './service-commands.ts';
import { Scenario, spec } from './testing/scenario.ts';

function started(): { story: Scenario; db: string; rollout: string } {
  const story = new Scenario();
  for (const name of ['a', 'b']) story.addServer(name);
  story.pass(3);
  const strategy = { order: 'stop-first' as const, batch: null };
  const db = story.addService('db', { replicas: 1, strategy, spec: spec('db:1') });
  story.passUntilEnded(story.decide((draft) => startRollout(draft, { serviceId: db })));
  story.decide((draft) => changeService(draft, { id: db, spec: spec('db:2') }));
  return { story, db, rollout: story.decide((draft) => startRollout(draft, { serviceId: db })) };
}

const order = (story: Scenario): string[] =>
  story.log.flatMap((event) => {
    if (!event.stream.startsWith('deployment/')) return [];
    return event.type === 'deployment.stage_entered' ? [event.data.stage] : [event.type.slice('deployment.'.length)];
  });

describe('stop-first', () => {
  it('fetches the image, drains and stops the old one, starts the new one, and only then discards the old one', () => {
    const { story, db, rollout } = started();
    const from = order(story).lastIndexOf('created');
    story.passUntilEnded(rollout);
    expect(story.terminal(rollout)).toBe('rollout.succeeded');
    const wanted = [
      'created',
      'pulling',
      'image_ready',
      'leaving',
      'draining',
      'stop_requested',
      'kept',
      'start_allowed',
      'starting',
    ];
    const then = ['healthy', 'dns_updating', 'traefik_updating', 'stopping_old', 'discarded', 'removed', 'running'];
    expect(
      order(story)
        .slice(from)
        .filter((type) => type !== 'address_released'),
    ).toEqual([...wanted, ...then]);
    expect(story.replicas(db, 'running').map((d) => d.revision)).toEqual([2]);
  });

  it('starts the kept one again when the new one fails, after the new one is gone', () => {
    const { story, db, rollout } = started();
    story.behaviours.set('db:2', () => ({ phase: 'exited', health: 'starting', exitCode: 1 }));
    story.passUntilEnded(rollout);
    expect(story.terminal(rollout)).toBe('rollout.rolled_back');
    const types = order(story);
    expect(types.lastIndexOf('stayed')).toBeGreaterThan(types.lastIndexOf('removed'));
    story.pass(3);
    const [old] = story.replicas(db, 'running');
    expect([old?.revision, old?.health, old?.because]).toEqual([1, 'healthy', 'rollout']);
    expect(story.log.filter((event) => event.type === 'deployment.created')).toHaveLength(2);
    expect(recordAddresses(story.cluster, db)).toEqual([old?.address]);
  });

  it('lets the old one leave as every other does when the service is deleted before it was told to stop', () => {
    const { story, db } = started();
    const [old] = story.replicas(db, 'running');
    story.pass(1);
    const away = [...story.cluster.servers.keys()].find((id) => id !== old?.serverId) ?? '';
    story.silent.add(away);
    story.pass(3);
    expect(story.cluster.deployments.get(old?.id ?? '')?.leaving).toMatchObject({ keep: true, drainingSince: null });
    story.decide((draft) => deleteService(draft, { id: db }));
    story.pass(3);
    expect(story.cluster.deployments.get(old?.id ?? '')).toMatchObject({ expected: true, leaving: { keep: false } });
    story.silent.clear();
    story.pass(40);
    expect(order(story)).not.toContain('discarded');
    expect(story.cluster.services.has(db)).toBe(false);
  });

  it('can be cancelled until the kept one is discarded', () => {
    const { story, db, rollout } = started();
    story.behaviours.set('db:2', () => ({ health: 'starting' }));
    story.pass(15);
    expect(order(story)).toContain('start_allowed');
    story.decide((draft) => cancelRollout(draft, { id: rollout }));
    story.passUntilEnded(rollout);
    expect(story.terminal(rollout)).toBe('rollout.cancelled');
    story.pass(3);
    expect(story.replicas(db, 'running').map((d) => d.revision)).toEqual([1]);
  });

  it('moves off a drained server the same way', () => {
    const { story, db, rollout } = started();
    story.passUntilEnded(rollout);
    const [before] = story.replicas(db, 'running');
    story.decide((draft) => drainServer(draft, { id: before?.serverId ?? '' }));
    story.pass(40);
    const [after] = story.replicas(db, 'running');
    expect(after?.serverId).not.toBe(before?.serverId);
    expect(order(story).filter((type) => type === 'kept')).toHaveLength(2);
  });

  it('waits with a rollout until a drain that is under way has moved it', () => {
    const { story, db, rollout } = started();
    story.passUntilEnded(rollout);
    const [before] = story.replicas(db, 'running');
    story.decide((draft) => drainServer(draft, { id: before?.serverId ?? '' }));
    story.decide((draft) => changeService(draft, { id: db, spec: spec('db:3') }));
    const next = story.decide((draft) => startRollout(draft, { serviceId: db }));
    for (let second = 0; second < 120 && story.terminal(next) === undefined; second += 1) {
      story.pass(1);
      const mayRun = story.replicas(db).filter((d) => d.expected && !d.hold && d.leaving?.keptAt == null);
      expect(mayRun.length).toBeLessThanOrEqual(1);
    }
    expect(story.terminal(next)).toBe('rollout.succeeded');
    expect(story.replicas(db, 'running').map((d) => d.revision)).toEqual([3]);
  });

  it('is not placed elsewhere while a silent server may still run it', () => {
    const { story, db, rollout } = started();
    story.passUntilEnded(rollout);
    story.addServer('c');
    story.pass(3);
    const [replica] = story.replicas(db, 'running');
    story.silent.add(replica?.serverId ?? '');
    story.pass(120);
    expect(story.replicas(db).map((d) => d.id)).toEqual([replica?.id]);
  });
});
