import { onDeadline } from './deadline.ts';
import { recordAddresses } from './records.ts';
import { canRollout } from './can.ts';
import { cancelRollout, requireRollout, startRollout } from './rollout-commands.ts';
import { pastPointOfNoReturn } from './rollout-policy.ts';
import { changeService } from './service-commands.ts';
import { Scenario, spec } from './testing/scenario.ts';

function started(replicas = 3): { story: Scenario; web: string } {
  const story = new Scenario();
  for (const name of ['proxy-1', 'web-1', 'web-2']) story.addServer(name);
  story.pass(3);
  const web = story.addService('web', { replicas });
  const first = story.decide((draft) => startRollout(draft, { serviceId: web }));
  story.passUntilEnded(first);
  expect(story.terminal(first)).toBe('rollout.succeeded');
  return { story, web };
}

function newRevision(story: Scenario, web: string, image: string): string {
  story.decide((draft) => changeService(draft, { id: web, spec: spec(image) }));
  return story.decide((draft) => startRollout(draft, { serviceId: web }));
}

describe('a first rollout', () => {
  it('is one batch, one replica a server, and succeeds once every name is acknowledged', () => {
    const { story, web } = started();
    const running = story.replicas(web, 'running');
    expect(running).toHaveLength(3);
    expect(new Set(running.map((d) => d.serverId)).size).toBe(3);
    expect(recordAddresses(story.cluster, web)).toHaveLength(3);
    expect(story.log.filter((event) => event.type === 'rollout.batch_started')).toHaveLength(1);
  });

  it('ends failed and leaves nothing when the image does not exist', () => {
    const story = new Scenario();
    story.addServer('web-1');
    story.pass(2);
    story.behaviours.set('registry.test/none:1', () => ({
      phase: 'failed',
      health: 'starting',
      reason: 'image_not_found',
      message: 'manifest unknown',
    }));
    const web = story.addService('web', { spec: spec('registry.test/none:1') });
    const rollout = story.decide((draft) => startRollout(draft, { serviceId: web }));
    story.passUntilEnded(rollout);
    expect(story.terminal(rollout)).toBe('rollout.failed');
    story.pass(5);
    expect(story.replicas(web)).toHaveLength(0);
    expect(story.claims.has('address/10.200.1.2')).toBe(false);
  });

  it('is refused, naming the limit, when nothing fits', () => {
    const story = new Scenario();
    story.addServer('web-1', 'worker', 512);
    story.pass(2);
    const web = story.addService('web', {
      replicas: 3,
      spec: spec('registry.test/web:1', { resources: { memoryMb: 256, cpus: null } }),
    });
    expect(() => story.decide((draft) => startRollout(draft, { serviceId: web }))).toThrow(
      /only 2 of 3 .* 256 MiB are asked for/,
    );
    expect(story.types(`service/${web}`)).toHaveLength(2);
  });
});

describe('an update', () => {
  let story: Scenario;
  let web: string;
  beforeEach(() => ({ story, web } = started()));

  it('replaces all replicas start-first, batch by batch, and never names fewer than there were', () => {
    const rollout = newRevision(story, web, 'registry.test/web:2');
    for (let second = 0; second < 120 && story.terminal(rollout) === undefined; second += 1) {
      story.pass(1);
      expect(recordAddresses(story.cluster, web).length).toBeGreaterThanOrEqual(3);
    }
    expect(story.terminal(rollout)).toBe('rollout.succeeded');
    expect(story.replicas(web, 'running').map((d) => d.revision)).toEqual([2, 2, 2]);
    expect(story.log.filter((event) => event.type === 'rollout.batch_started')).toHaveLength(4);
  });

  it('starts the next batch while the one before drains', () => {
    newRevision(story, web, 'registry.test/web:2');
    story.pass(9);
    const types = story.log.map((event) => event.type);
    expect(types.filter((type) => type === 'rollout.batch_started').length).toBeGreaterThan(2);
  });

  /** Every server reports each second; the deaf one takes nothing new. */
  function passWithDeaf(deaf: string, seconds: number): void {
    story.silent.add(deaf);
    for (let second = 0; second < seconds; second += 1) {
      story.pass(1);
      story.report(deaf, { acks: false });
    }
  }

  it('stays in dns_updating until every server acknowledged the new name', () => {
    const running = story.replicas(web, 'running');
    const elsewhere = story.addServer('deaf-1');
    story.pass(3);
    newRevision(story, web, 'registry.test/web:2');
    passWithDeaf(elsewhere, 20);
    expect(story.replicas(web, 'dns_updating')).toHaveLength(1);
    expect(story.replicas(web, 'running')).toEqual(running);
    story.silent.clear();
    story.pass(2);
    expect(story.replicas(web, 'dns_updating')).toHaveLength(1);
    expect(story.log.some((event) => event.type === 'deployment.leaving')).toBe(true);
  });

  it('stops no old replica before every server acknowledged the names without it', () => {
    const deaf = story.addServer('deaf-1');
    story.pass(3);
    newRevision(story, web, 'registry.test/web:2');
    for (let second = 0; second < 60 && !story.log.some((event) => event.type === 'deployment.leaving'); second += 1)
      story.pass(1);
    passWithDeaf(deaf, 30);
    expect(story.log.some((event) => event.type === 'deployment.draining')).toBe(false);
    story.silent.clear();
    story.pass(10);
    expect(story.log.some((event) => event.type === 'deployment.stop_requested')).toBe(true);
  });

  it('does not wait for a server that is offline, once all others acknowledged', () => {
    story.silent.add(story.addServer('gone-1'));
    story.pass(20);
    const rollout = newRevision(story, web, 'registry.test/web:2');
    story.passUntilEnded(rollout);
    expect(story.terminal(rollout)).toBe('rollout.succeeded');
  });

  it('hears a deadline only in the stage that set it', () => {
    story.behaviours.set('registry.test/web:2', () => ({ health: 'starting' }));
    newRevision(story, web, 'registry.test/web:2');
    story.pass(3);
    const [moving] = story.replicas(web, 'starting');
    const job = { stream: `deployment/${moving?.id}`, version: 1, about: 'starting' };
    story.decide((draft) => onDeadline(draft, job));
    expect(story.replicas(web, 'starting')).toHaveLength(1);
    const entered = story.log.findLast(
      (event) => event.type === 'deployment.stage_entered' && event.stream === job.stream,
    );
    story.decide((draft) => onDeadline(draft, { ...job, version: entered?.version ?? 0 }));
    expect(story.replicas(web, 'starting')).toHaveLength(0);
  });

  it('goes back when a replica exits, and the old ones never left the names', () => {
    const before = recordAddresses(story.cluster, web);
    story.behaviours.set('registry.test/web:2', () => ({
      phase: 'exited',
      health: 'starting',
      exitCode: 3,
      lastLogLines: ['no config'],
    }));
    const rollout = newRevision(story, web, 'registry.test/web:2');
    story.passUntilEnded(rollout);
    expect(story.terminal(rollout)).toBe('rollout.rolled_back');
    expect(recordAddresses(story.cluster, web)).toEqual(before);
    expect(story.replicas(web, 'running').map((d) => d.revision)).toEqual([1, 1, 1]);
    const ended = story.log.find((event) => event.type === 'rollout.rolled_back');
    expect(ended?.data).toMatchObject({
      reason: { code: 'container_exited', message: expect.stringContaining('code 3') },
    });
  });

  it('undoes finished batches start-first when a later one fails', () => {
    let made = 0;
    const seen = new Map<string, number>();
    story.behaviours.set('registry.test/web:2', (d) => {
      if (!seen.has(d.id)) seen.set(d.id, (made += 1));
      return (seen.get(d.id) ?? 0) > 1 ? { phase: 'exited', health: 'starting', exitCode: 1 } : {};
    });
    const rollout = newRevision(story, web, 'registry.test/web:2');
    for (let second = 0; second < 200 && story.terminal(rollout) === undefined; second += 1) {
      story.pass(1);
      expect(recordAddresses(story.cluster, web).length).toBeGreaterThanOrEqual(3);
    }
    expect(story.terminal(rollout)).toBe('rollout.rolled_back');
    story.pass(30);
    expect(story.replicas(web, 'running').map((d) => d.revision)).toEqual([1, 1, 1]);
  });

  it('goes back at the deadline of a stage, saying what it waited for', () => {
    story.behaviours.set('registry.test/web:2', () => ({ health: 'starting' }));
    const rollout = newRevision(story, web, 'registry.test/web:2');
    story.passUntilEnded(rollout);
    expect(story.terminal(rollout)).toBe('rollout.rolled_back');
    const ended = story.log.find((event) => event.type === 'rollout.rolled_back');
    expect(ended?.data).toMatchObject({
      reason: { code: 'deadline_exceeded', message: expect.stringContaining('health check never passed') },
    });
  });

  it('cancelled before the first SIGTERM puts everything back as it was', () => {
    const rollout = newRevision(story, web, 'registry.test/web:2');
    story.pass(1);
    expect(story.replicas(web, 'dns_updating')).toHaveLength(1);
    const standing = story.replicas(web, 'running').filter((d) => d.revision === 1);
    story.decide((draft) => cancelRollout(draft, { id: rollout }));
    story.passUntilEnded(rollout);
    expect(story.terminal(rollout)).toBe('rollout.cancelled');
    expect(story.replicas(web, 'running').map((d) => d.id)).toEqual(expect.arrayContaining(standing.map((d) => d.id)));
    expect(story.replicas(web, 'running').map((d) => d.revision)).toEqual([1, 1, 1]);
    expect(
      story.log.filter((event) => event.type === 'rollout.batch_started' && event.stream.endsWith(rollout)),
    ).toHaveLength(1);
  });

  it('refuses a cancel past the point of no return, and says so beforehand', () => {
    const id = newRevision(story, web, 'registry.test/web:2');
    const isPast = (): boolean => {
      const rollout = story.cluster.rollouts.get(id);
      return rollout?.status === 'in_progress' && pastPointOfNoReturn(story, rollout);
    };
    // Report by report: the moment lies between two of one second.
    const servers = [...story.cluster.servers.keys()];
    for (let report = 0; report < 180 && !isPast(); report += 1) {
      if (report % servers.length === 0) story.now += 1000;
      story.report(servers[report % servers.length] ?? '');
    }
    expect(isPast()).toBe(true);
    const before = story.log.length;
    const rollout = requireRollout(story.cluster, id);
    expect(canRollout(story.cluster, rollout).cancel).toMatchObject({ allowed: false });
    const refusal = expect.objectContaining({ kind: 'conflict', code: 'past_point_of_no_return' });
    expect(() => story.decide((draft) => cancelRollout(draft, { id }))).toThrow(refusal);
    expect(story.log).toHaveLength(before);
  });

  it('to the running revision succeeds and touches nothing', () => {
    const before = story.log.length;
    const rollout = story.decide((draft) => startRollout(draft, { serviceId: web, revision: 1 }));
    expect(story.terminal(rollout)).toBe('rollout.succeeded');
    expect(story.log.slice(before).every((event) => event.stream === `rollout/${rollout}`)).toBe(true);
  });

  it('makes way for a newer one before its point of no return, and the waiting one is superseded', () => {
    const first = newRevision(story, web, 'registry.test/web:2');
    story.pass(1);
    const second = newRevision(story, web, 'registry.test/web:3');
    const third = newRevision(story, web, 'registry.test/web:4');
    expect(story.terminal(second)).toBe('rollout.superseded');
    story.passUntilEnded(first);
    expect(story.terminal(first)).toBe('rollout.superseded');
    expect(
      story.log.find((event) => event.type === 'rollout.superseded' && event.stream.endsWith(first))?.data,
    ).toEqual({ by: third });
    story.passUntilEnded(third);
    expect(story.terminal(third)).toBe('rollout.succeeded');
    expect(story.replicas(web, 'running').map((d) => d.revision)).toEqual([4, 4, 4]);
  });

  it('past its point of no return makes way at the end of its batch, without undoing it', () => {
    const first = newRevision(story, web, 'registry.test/web:2');
    for (
      let second = 0;
      second < 60 && !story.log.some((event) => event.type === 'deployment.stop_requested');
      second += 1
    )
      story.pass(1);
    const made = story.log.filter((event) => event.type === 'deployment.created').length;
    const newer = newRevision(story, web, 'registry.test/web:3');
    story.passUntilEnded(first, 60);
    expect(['rollout.superseded', 'rollout.succeeded']).toContain(story.terminal(first));
    expect(story.log.filter((event) => event.type === 'deployment.created').length - made).toBeLessThanOrEqual(1);
    story.passUntilEnded(newer);
    expect(story.terminal(newer)).toBe('rollout.succeeded');
    expect(story.replicas(web, 'running').map((d) => d.revision)).toEqual([3, 3, 3]);
  });

  it('places a replica again, once, whose server falls silent', () => {
    const rollout = newRevision(story, web, 'registry.test/web:2');
    story.behaviours.set('registry.test/web:2', (d) =>
      story.now - d.createdAt < 40_000 ? { health: 'starting' } : {},
    );
    story.pass(1);
    const [moving] = story.replicas(web, 'starting');
    story.silent.add(moving?.serverId ?? '');
    story.pass(20);
    const again = story.replicas(web, 'starting');
    expect(again.map((d) => [d.because, d.replaces])).toEqual([['replacement', moving?.replaces]]);
    expect(again[0]?.serverId).not.toBe(moving?.serverId);
    story.silent.clear();
    story.behaviours.clear();
    story.passUntilEnded(rollout);
    expect(story.terminal(rollout)).toBe('rollout.succeeded');
  });

  it('ends at once when the registry says that the image does not exist', () => {
    story.decide((draft) => changeService(draft, { id: web, spec: spec('registry.test/web:9') }));
    const pinned = { error: { code: 'image_not_found', message: 'web:9 is not in registry.test' } };
    const rollout = story.decide((draft) => startRollout(draft, { serviceId: web, pinned }));
    expect(story.terminal(rollout)).toBe('rollout.rolled_back');
  });
});
