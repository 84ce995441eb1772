import { decisionOf, openDraft } from './draft.ts';
import { createProject } from './project-commands.ts';
import { startRollout } from './rollout-commands.ts';
import { writeRegistryCredentials, writeSecret } from './secret-commands.ts';
import { createServer, drainServer, issueToken, removeServer } from './server-commands.ts';
import { changeService, deleteService } from './service-commands.ts';
import { settle } from './settle.ts';
import { Scenario, spec } from './testing/scenario.ts';

function text(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (item instanceof Map) return [...item];
    return item instanceof Set ? [...item] : item;
  });
}

describe('a draft', () => {
  const story = new Scenario();
  const servers = ['a', 'b'].map((name) => story.addServer(name));
  story.pass(2);
  story.decide((draft) => writeSecret(draft, { name: 'token' }));
  const web = story.addService('web', { replicas: 2 });
  story.passUntilEnded(story.decide((draft) => startRollout(draft, { serviceId: web })));
  const [server = ''] = servers;

  it.each([
    ['a project', (draft: Parameters<typeof settle>[0]) => createProject(draft, { name: 'other' })],
    ['a server', (draft) => createServer(draft, { name: 'c', role: 'worker', labels: {} })],
    ['a token', (draft) => issueToken(draft, { serverId: server, tokenId: 't', hash: 'h', expiresAt: 1 })],
    ['a secret', (draft) => writeSecret(draft, { name: 'other' })],
    ['credentials', (draft) => writeRegistryCredentials(draft, { host: 'r', plainHttp: true, username: null })],
    ['a revision', (draft) => changeService(draft, { id: web, replicas: 3, spec: spec('registry.test/web:2') })],
    ['a rollout', (draft) => startRollout(draft, { serviceId: web, revision: 1 })],
    ['a drain', (draft) => drainServer(draft, { id: server })],
    ['a removal by force', (draft) => removeServer(draft, { id: server, force: true })],
    ['a deletion', (draft) => deleteService(draft, { id: web })],
  ] satisfies [string, (draft: Parameters<typeof settle>[0]) => unknown][])(
    'of %s leaves the cluster that it was opened on alone',
    (_what, decide) => {
      const before = text(story.cluster);
      const draft = openDraft(story.cluster, story.facts);
      decide(draft);
      settle(draft);
      expect(decisionOf(draft).appends.length).toBeGreaterThan(0);
      expect(text(story.cluster)).toBe(before);
    },
  );

  it('keeps the order of its events over several streams', () => {
    const draft = openDraft(story.cluster, story.facts);
    changeService(draft, { id: web, spec: spec('registry.test/web:3') });
    startRollout(draft, { serviceId: web });
    settle(draft);
    const types = decisionOf(draft).appends.flatMap((append) => append.events.map((event) => event.type));
    expect(types).toEqual(draft.events.map(({ event }) => event.type));
    expect(types.indexOf('rollout.started')).toBeLessThan(types.indexOf('deployment.created'));
  });
});
