import { readLabJson, tryExecInNode } from '@techulus/lab';
import { serverNamed } from './support/cluster.ts';
import { livePeers, nodeNames, nodeOf, sh, succeeds, tellTales } from './support/nodes.ts';
import { rest } from './support/rest.ts';
import type { Server } from './support/resources.ts';
import { waitFor } from './support/wait-for.ts';

describe('three machines after their install line', () => {
  it('are servers, online and admitted', async () => {
    expect(nodeNames()).toEqual(['proxy-1', 'worker-1', 'worker-2']);
    const look = (): Promise<Server[]> => rest.list<Server>('/servers');
    const servers = await waitFor('three admitted servers', look, (seen) => seen.every(({ admitted }) => admitted));
    const shown = servers.map(({ name, role, status }) => `${name} ${role} ${status}`).toSorted();
    expect(shown).toEqual(['proxy-1 proxy online', 'worker-1 worker online', 'worker-2 worker online']);
    expect(new Set(servers.map(({ subnetId }) => subnetId)).size).toBe(3);
  });

  it('are in the mesh of each other', async () => {
    for (const node of nodeNames()) {
      await waitFor(
        `two live peers on ${node}`,
        () => livePeers(node),
        (peers) => peers === 2,
      );
      for (const peer of nodeNames().filter((each) => each !== node)) {
        await sh(node, `ping -c 1 -W 2 10.100.${nodeOf(peer).subnetId}.1`);
      }
    }
  });

  it('keep their keys to themselves: files for root only, nothing in process arguments or the journal', async () => {
    for (const node of nodeNames()) {
      const modes = await sh(node, "find /var/lib/techulus /etc/techulus -name '*.json' -printf '%m %f\\n'");
      expect(modes).toContain('600 identity.json');
      expect(modes).toContain('600 expected-state.json');
      // Names are no secret; and the folder is closed.
      expect(modes.replaceAll(/^600 .*\n/gm, '')).toBe('644 dns.json\n');
      expect(await sh(node, 'stat -c %a /var/lib/techulus')).toBe('700\n');
      const identity = JSON.parse(await sh(node, 'cat /var/lib/techulus/identity.json'));
      const secrets = [
        identity.membership.secret,
        identity.keys.wireguard.privateKey,
        identity.keys.signing.privateKey,
      ];
      for (const secret of secrets) expect(await tellTales(node, secret)).toEqual([]);
    }
  });

  it('find nothing wrong with themselves', async () => {
    for (const node of nodeNames()) {
      expect(await succeeds(node, 'techulus-agent status')).toBe(true);
      const { code, stdout, stderr } = await tryExecInNode(node, ['techulus-agent', 'doctor']);
      expect({ node, code, said: code === 0 ? '' : stdout + stderr }).toEqual({ node, code: 0, said: '' });
    }
  });

  it('are told apart from a server that never came', async () => {
    const created = await rest.post<Server & { registrationToken: string }>('/servers', {
      name: 'absent',
      role: 'worker',
    });
    expect((await serverNamed('absent')).status).toBe('registering');
    expect(created.registrationToken).toMatch(/^tcl_/);
    expect(JSON.stringify(await rest.get(`/servers/${created.id}`))).not.toContain(created.registrationToken);
    await rest.delete(`/servers/${created.id}`);
    const gone = await waitFor(
      'the removal',
      () => rest.list<Server>('/servers'),
      (all) => all.every(({ name, status }) => name !== 'absent' || status === 'removed'),
    );
    expect(gone.length).toBeGreaterThanOrEqual(readLabJson().nodes.length);
  });
});
