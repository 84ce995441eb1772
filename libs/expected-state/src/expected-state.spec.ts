import { createHash } from 'node:crypto';
import { type Generations, sectionHash, SECTIONS, type SectionName } from '@techulus/contract';
import {
  changeService,
  deleteService,
  drainServer,
  evolve,
  removeServer,
  startRollout,
  writeRegistryCredentials,
  writeSecret,
} from '@techulus/domain';
import { Scenario, spec } from '@techulus/domain/testing';
import { answerFor, expectedStateOf, generationsOf, type WholeSections } from './expected-state.ts';
import { pinnedImage, registryHostOf } from './image.ts';
import { sealedReferences } from './sealed.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A life with everything in it that changes what servers are told. */
function life(each: (story: Scenario) => void): Scenario {
  const story = new Scenario();
  const step = (work: () => void): void => {
    work();
    each(story);
  };
  const pass = (seconds: number): void => {
    for (let n = 0; n < seconds; n += 1) step(() => story.pass(1));
  };
  for (const name of ['a', 'b', 'c']) step(() => story.addServer(name));
  pass(2);
  const data = story.addService('data', { replicas: 1 });
  const web = story.addService('web', { replicas: 3 });
  for (const serviceId of [data, web]) step(() => story.decide((draft) => startRollout(draft, { serviceId })));
  pass(6);
  step(() =>
    story.decide((draft) => changeService(draft, { id: web, replicas: 2, spec: spec('registry.test/web:2') })),
  );
  step(() => story.decide((draft) => startRollout(draft, { serviceId: web })));
  pass(25);
  step(() =>
    story.decide((draft) =>
      writeRegistryCredentials(draft, { host: 'registry.test', plainHttp: true, username: null }),
    ),
  );
  step(() => story.decide((draft) => drainServer(draft, { id: [...story.cluster.servers.keys()][2] ?? '' })));
  pass(20);
  step(() =>
    story.decide((draft) => removeServer(draft, { id: [...story.cluster.servers.keys()][2] ?? '', force: false })),
  );
  step(() => story.decide((draft) => deleteService(draft, { id: data })));
  pass(25);
  return story;
}

interface Held {
  generations: Generations;
  parts: Record<SectionName, Map<string, { key: string }>>;
}

function take(held: Held | undefined, story: Scenario, server: string): Held {
  const answer = answerFor(story.cluster, server, 1, held?.generations ?? {}, sha256);
  const parts = { ...held?.parts } as Held['parts'];
  const generations: Record<string, unknown> = { ...held?.generations };
  for (const section of SECTIONS) {
    const delta = answer[section];
    if (delta === undefined) continue;
    const map = new Map(delta.whole ? [] : parts[section]);
    for (const key of delta.gone) map.delete(key);
    for (const part of delta.parts) map.set(part.key, part);
    parts[section] = map;
    generations[section] = delta.generation;
    expect(sectionHash([...map.values()], sha256)).toBe(delta.hash);
  }
  return { generations: generations as Generations, parts };
}

function expectEqual(held: Held, whole: WholeSections): void {
  for (const section of SECTIONS)
    expect([...held.parts[section].values()].toSorted((a, b) => (a.key < b.key ? -1 : 1))).toEqual(
      whole[section].parts,
    );
}

describe('an answer', () => {
  it('leads from any generation that was ever held to exactly the present', () => {
    const snapshots: Held[] = [];
    let server = '';
    const story = life((now) => {
      [server = ''] = [...now.cluster.servers.keys()];
      snapshots.push(take(snapshots.at(-1), now, server));
      expectEqual(snapshots.at(-1) as Held, expectedStateOf(now.cluster, server, 1, sha256));
    });
    expect(snapshots.length).toBeGreaterThan(70);
    const whole = expectedStateOf(story.cluster, server, 1, sha256);
    for (const old of snapshots) expectEqual(take(old, story, server), whole);
  });

  it('is empty for the present generation, and carries only the part that changed', () => {
    const story = life(() => undefined);
    const [server = ''] = [...story.cluster.servers.keys()];
    const held = generationsOf(story.cluster, server, 1);
    expect(answerFor(story.cluster, server, 1, held, sha256)).toEqual({});
    story.addService('extra');
    const answer = answerFor(story.cluster, server, 1, held, sha256);
    expect(Object.keys(answer)).toEqual(['dns']);
    expect(answer.dns).toMatchObject({ whole: false, gone: [], parts: [{ key: 'extra', addresses: [] }] });
  });

  it('is whole for a generation of another epoch or renderer', () => {
    const story = life(() => undefined);
    const [server = ''] = [...story.cluster.servers.keys()];
    const held = generationsOf(story.cluster, server, 1);
    expect(answerFor(story.cluster, server, 2, held, sha256).dns?.whole).toBe(true);
    expect(answerFor(story.cluster, server, 1, { ...held, dns: { ...held.dns, renderer: 0 } }, sha256).dns?.whole).toBe(
      true,
    );
  });

  it('says after a restore which of the containers that are not listed are to be stopped, until all are', () => {
    const story = new Scenario();
    const server = story.addServer('a');
    story.pass(2);
    const web = story.addService('web', { replicas: 1 });
    story.decide((draft) => startRollout(draft, { serviceId: web }));
    story.pass(10);
    const [replica] = story.replicas(web);
    const tell = () => answerFor(story.cluster, server, 2, {}, sha256).containers;
    expect(tell()).not.toHaveProperty('stopOnly');
    const place = { stream: 'cluster/main', at: story.now, position: story.cluster.position + 1 };
    const restored = { type: 'cluster.restored', data: { epoch: 2, backupAt: 1 } } as const;
    evolve(story.cluster, { ...place, ...restored, version: 1 });
    expect(tell()).toMatchObject({ stopOnly: [], parts: [{ key: replica?.id }] });
    story.cluster.deployments.set(replica!.id, { ...replica!, expected: false });
    expect(tell()).toMatchObject({ stopOnly: [replica?.id], parts: [] });
    const held = generationsOf(story.cluster, server, 2);
    evolve(story.cluster, {
      ...place,
      position: place.position + 1,
      type: 'cluster.unknown_stopped',
      data: {},
      version: 2,
    });
    expect(answerFor(story.cluster, server, 2, held, sha256).containers).toMatchObject({ whole: false, parts: [] });
    expect(tell()).not.toHaveProperty('stopOnly');
  });

  it('names the sealed values that its parts refer to, for this server only', () => {
    const story = new Scenario();
    const [a, b] = ['a', 'b'].map((name) => story.addServer(name));
    story.pass(2);
    const { id, version } = story.decide((draft) => writeSecret(draft, { name: 'token' }));
    const secrets = [{ env: 'TOKEN', name: 'token', id, version }];
    const placement = { constraints: [], servers: [b ?? ''] };
    const web = story.addService('web', { replicas: 1, placement, spec: spec('registry.test/web:1', { secrets }) });
    story.decide((draft) => startRollout(draft, { serviceId: web }));
    expect(sealedReferences(answerFor(story.cluster, b ?? '', 1, {}, sha256))).toEqual([`secret/${id}@1`]);
    expect(sealedReferences(answerFor(story.cluster, a ?? '', 1, {}, sha256))).toEqual([]);
  });
});

describe('an image reference', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  it.each([
    ['registry.test:5000/demo/web:1', 'registry.test:5000', `registry.test:5000/demo/web@${digest}`],
    ['registry.test:5000/web', 'registry.test:5000', `registry.test:5000/web@${digest}`],
    ['localhost/web:1', 'localhost', `localhost/web@${digest}`],
    ['nginx:1', null, `nginx@${digest}`],
    ['library/nginx', null, `library/nginx@${digest}`],
  ])('%s', (image, host, pinned) => {
    expect(registryHostOf(image)).toBe(host);
    expect(pinnedImage(image, digest)).toBe(pinned);
    expect(pinnedImage(image, null)).toBe(image);
  });
});
