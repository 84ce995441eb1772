import { startRollout } from './rollout-commands.ts';
import { Scenario } from './testing/scenario.ts';
import { waitingFor } from './waiting.ts';

describe('what a replica waits for', () => {
  const story = new Scenario();
  const server = story.addServer('a');
  story.pass(2);
  const web = story.addService('web', { replicas: 1 });
  story.decide((draft) => startRollout(draft, { serviceId: web }));
  const texts = (): string[] =>
    story.replicas(web).flatMap((d) => waitingFor(story.facts, story.cluster, d).map(({ text }) => text));

  it('is its server, with what that last complained of', () => {
    expect(texts()).toEqual(['a to take it up']);
    const [replica] = story.replicas(web);
    const problem = {
      reason: 'create_failed',
      message: 'a foreign network named techulus is in the way',
      lastLogLines: [],
    };
    const presence = story.presence.get(server);
    if (presence === undefined || replica === undefined) throw new Error('the story did not begin');
    story.presence.set(server, { ...presence, problems: { [replica.id]: problem } });
    expect(texts()).toEqual(['a to take it up; last: a foreign network named techulus is in the way']);
  });

  it('is nothing once it runs', () => {
    story.pass(5);
    expect(texts()).toEqual([]);
  });
});
