import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { labPaths } from '@techulus/lab';
import { createService, deleteService, findService, image, rollOut, serverNamed, serving } from './support/cluster.ts';
import { askFrom, containersOn, nodeNames, sh, tellTales } from './support/nodes.ts';
import { rest } from './support/rest.ts';

const first = 'correct-horse-battery-staple-1';
const second = 'correct-horse-battery-staple-2';
const holder = 'worker-1';

async function valueInside(): Promise<string> {
  const [container] = await containersOn(holder, 'keeper');
  const page = await askFrom(holder, container?.id ?? '', 'http://127.0.0.1:8080/cgi-bin/index.cgi');
  return JSON.parse(page).env.PASSWORD;
}

async function filesWith(node: string, text: string): Promise<string> {
  return (
    await sh(node, `grep -rlF -e '${text}' /var/lib/techulus /etc/techulus /run/techulus 2>/dev/null || true`)
  ).trim();
}

describe('a secret', () => {
  it('is an environment variable inside the container', async () => {
    await deleteService('keeper');
    expect(await rest.put('/secrets/password', { value: first })).not.toHaveProperty('value');
    const { id } = await serverNamed(holder);
    const settings = {
      image: image('demo/web:1'),
      replicas: 1,
      secrets: { PASSWORD: 'password' },
      placement: { servers: [id] },
    };
    const keeper = await createService('keeper', settings);
    expect(await rollOut(keeper.id)).toMatchObject({ status: 'succeeded' });
    expect(await valueInside()).toBe(first);
  });

  it('is sent only to the server that runs the service, and lies in no file in the clear', async () => {
    for (const node of nodeNames()) {
      expect(await filesWith(node, first)).toBe('');
      const holds = (await filesWith(node, '"PASSWORD"')) !== '';
      expect({ node, holds }).toEqual({ node, holds: node === holder });
    }
  });

  it('is in no process argument and no log, and cannot be read back', async () => {
    for (const node of nodeNames()) expect(await tellTales(node, first)).toEqual([]);
    expect(readFileSync(labPaths().controlPlaneLog, 'utf8')).not.toContain(first);
    const { id } = (await findService('keeper')) ?? { id: '' };
    for (const path of [
      '/secrets/password',
      '/cluster',
      `/services/${id}`,
      `/services/${id}/revisions`,
      '/events?limit=100',
    ])
      expect(JSON.stringify(await rest.get(path))).not.toContain(first);
    const { id: serverId } = await serverNamed(holder);
    expect(JSON.stringify(await rest.get(`/servers/${serverId}/expected-state`))).not.toContain(first);
    expect(readFileSync(join(labPaths().controlPlane, 'admin-token'), 'utf8')).not.toContain(first);
  });

  it('is changed by the next revision, not under what runs', async () => {
    await rest.put('/secrets/password', { value: second });
    const keeper = await serving('keeper', 1);
    expect(await valueInside()).toBe(first);
    await rest.patch(`/services/${keeper.id}`, { secrets: { PASSWORD: 'password' } });
    expect(await rollOut(keeper.id)).toMatchObject({ status: 'succeeded' });
    const [container] = (await containersOn(holder, 'keeper')).toSorted((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
    expect(await sh(holder, `podman exec ${container?.id} sh -c 'echo $PASSWORD'`)).toBe(`${second}\n`);
    await deleteService('keeper');
    expect(await filesWith(holder, '"PASSWORD"')).toBe('');
  });
});
