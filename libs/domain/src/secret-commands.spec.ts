import { startRollout } from './rollout-commands.ts';
import { deleteRegistryCredentials, deleteSecret, writeRegistryCredentials, writeSecret } from './secret-commands.ts';
import { changeService } from './service-commands.ts';
import { Scenario, spec } from './testing/scenario.ts';

describe('a secret', () => {
  it('is not deleted while a revision that runs uses it, and a rollout to one that lacks it is refused', () => {
    const story = new Scenario();
    story.addServer('a');
    story.pass(2);
    const { id, version } = story.decide((draft) => writeSecret(draft, { name: 'token' }));
    const secrets = [{ env: 'TOKEN', name: 'token', id, version }];
    const web = story.addService('web', { replicas: 1, spec: spec('good:1', { secrets }) });
    story.passUntilEnded(story.decide((draft) => startRollout(draft, { serviceId: web })));
    story.decide((draft) => changeService(draft, { id: web, spec: spec('good:2') }));
    const remove = (): void => void story.decide((draft) => deleteSecret(draft, { name: 'token' }));
    expect(remove).toThrow(/used by web/);
    const second = story.decide((draft) => startRollout(draft, { serviceId: web }));
    story.pass(1);
    expect(remove).toThrow(/used by web/);
    story.passUntilEnded(second);
    story.pass(20);
    remove();
    expect(() => story.decide((draft) => startRollout(draft, { serviceId: web, revision: 1 }))).toThrow(
      /deleted: token/,
    );
  });

  it('rises in versions', () => {
    const story = new Scenario();
    const write = (): number => story.decide((draft) => writeSecret(draft, { name: 'token' })).version;
    expect([write(), write()]).toEqual([1, 2]);
  });
});

it('registry credentials never reuse a version, not even after they were deleted', () => {
  const story = new Scenario();
  const command = { host: 'registry.test:5000', plainHttp: true, username: null };
  const write = (): number => story.decide((draft) => writeRegistryCredentials(draft, command)).version;
  const first = [write(), write()];
  story.decide((draft) => deleteRegistryCredentials(draft, command));
  const versions = [...first, write()];
  expect(new Set(versions).size).toBe(3);
  expect(versions).toEqual(versions.toSorted((a, b) => a - b));
});
