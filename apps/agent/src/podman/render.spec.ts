import { readFileSync } from 'node:fs';
import { sha256Hex } from '@techulus/keys';
import { deployment } from '../testing/memory-node.ts';
import { renderContainer, renderNetwork } from './render.ts';

const context = { serverId: 'server-7', subnetId: 7, secrets: { TOKEN: 'opened' }, sha256: sha256Hex };

function golden(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8'));
}

const full = deployment('a', {
  image: `registry.test/web@sha256:${'0'.repeat(64)}`,
  command: ['serve', '--port', '8080'],
  env: { ZONE: 'b', ALPHA: '1' },
  secrets: [{ env: 'TOKEN', id: 's1', version: 1 }],
  resources: { memoryMb: 64, cpus: 0.5 },
});

describe('what Podman is told', () => {
  it('is the golden text for a deployment with everything', () => {
    expect(renderContainer(full, context)).toEqual(golden('container'));
  });

  it('is the golden text for the network', () => {
    expect(renderNetwork('server-7', 7)).toEqual(golden('network'));
  });

  it('is the same bytes whatever the order of the environment', () => {
    const turned = { ...full, env: { ALPHA: '1', ZONE: 'b' } };
    expect(JSON.stringify(renderContainer(turned, context))).toBe(JSON.stringify(renderContainer(full, context)));
  });

  it("limits nothing and keeps the image's command where none is given", () => {
    const bare = renderContainer(deployment('a'), { ...context, secrets: {} });
    expect(bare.HostConfig).not.toHaveProperty('Memory');
    expect(bare).not.toHaveProperty('Cmd');
  });
});
