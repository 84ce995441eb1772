import { deleteService, ensureDemo, ensureService, image, livingDeployments, named } from './support/cluster.ts';
import { ask, askFrom, containersOf, lookUp, nodeNames, nodeOf, sh } from './support/nodes.ts';
import { waitFor } from './support/wait-for.ts';

interface WebAnswer {
  readonly service: string;
  readonly address: string;
  readonly env: Readonly<Record<string, string>>;
  readonly data: { readonly service: string; readonly address: string; readonly visits: number } | null;
  readonly dataError?: string;
}

const page = 'http://web.internal:8080/cgi-bin/index.cgi';

describe('a service of three replicas and the data service it asks by name', () => {
  it('run where the plan says, with the addresses of the plan', async () => {
    const { web, data } = await ensureDemo();
    const containers = [...(await containersOf('web')), ...(await containersOf('data'))];
    const planned = [...(await livingDeployments(web.id)), ...(await livingDeployments(data.id))];
    expect(planned).toHaveLength(4);
    for (const { id, address, serverName, stage, health } of planned) {
      expect({ stage, health }).toEqual({ stage: 'running', health: 'healthy' });
      expect(containers.find(({ deploymentId }) => deploymentId === id)).toMatchObject({
        node: serverName,
        address,
        state: 'running',
      });
      expect(address).toMatch(new RegExp(`^10\\.200\\.${nodeOf(serverName ?? '').subnetId}\\.`));
    }
    expect(new Set(planned.filter(({ serviceId }) => serviceId === web.id).map(({ serverId }) => serverId)).size).toBe(
      3,
    );
    expect(containers).toHaveLength(4);
  });

  it('are named on every node, for a TTL of 5 s, by the node itself', async () => {
    const { web } = await ensureDemo();
    for (const node of nodeNames()) {
      expect(await lookUp(node, 'web.internal')).toEqual({
        status: 'NOERROR',
        addresses: web.addresses.toSorted(),
        ttl: 5,
      });
      expect((await sh(node, 'getent ahostsv4 web.internal')).match(/^\S+\s+STREAM/gm)).toHaveLength(3);
    }
  });

  it('rotate the order of the addresses', async () => {
    await ensureDemo();
    const first = await sh(
      'worker-1',
      `for i in 1 2 3 4 5 6; do dig +short @10.200.${nodeOf('worker-1').subnetId}.1 web.internal | head -n 1; done`,
    );
    expect(new Set(first.trim().split('\n')).size).toBe(3);
  });

  it('answer by name from every node, and from a container on every node', async () => {
    const { data } = await ensureDemo();
    for (const { id, node } of await containersOf('web')) {
      for (const text of [await ask(node, page), await askFrom(node, id, page)]) {
        const answer = JSON.parse(text) as WebAnswer;
        expect(answer).toMatchObject({ service: 'web', env: { DATA_URL: 'http://data.internal:8080/' } });
        expect(answer.data).toMatchObject({ service: 'data', address: data.addresses[0] });
        expect(answer.data?.visits).toBeGreaterThan(0);
      }
    }
  });

  it('see who asks them: the real address of a container on another server', async () => {
    await ensureDemo();
    const answers = '#!/bin/sh\\nprintf "Content-Type: text/plain\\\\r\\\\n\\\\r\\\\n$REMOTE_ADDR"\\n';
    const command = [
      '/bin/sh',
      '-c',
      `printf '${answers}' > /www/cgi-bin/who; chmod 755 /www/cgi-bin/who; exec /bin/serve`,
    ];
    const who = await ensureService('who', { image: image('demo/data:1'), replicas: 1, command });
    await named('who', who.addresses);
    for (const { node, id, address } of await containersOf('web')) {
      const seen = await askFrom(node, id, 'http://who.internal:8080/cgi-bin/who');
      expect(seen.replace(/^\[::ffff:(.*)\]$/, '$1')).toBe(address);
    }
    await deleteService('who');
  });

  it('leave other names alone: unknown ones do not exist, other types have no data', async () => {
    await ensureDemo();
    for (const node of nodeNames()) {
      expect((await lookUp(node, 'nobody.internal')).status).toBe('NXDOMAIN');
      expect(await lookUp(node, 'web.internal', 'AAAA')).toMatchObject({ status: 'NOERROR', addresses: [] });
    }
  });

  it('cannot be reached from outside of the mesh', async () => {
    const { web } = await ensureDemo();
    const [address] = web.addresses;
    const there = await waitFor(
      'the first replica',
      () => containersOf('web'),
      (seen) => seen.length === 3,
    );
    const host = there.find((each) => each.address === address)?.node ?? '';
    // Another node of the same link, past its tunnel: straight at the server's own address.
    const other = nodeNames().find((node) => node !== host) ?? '';
    const route = `ip route add ${address}/32 via ${nodeOf(host).address}`;
    const undo = `ip route del ${address}/32 via ${nodeOf(host).address}`;
    const code = await sh(
      other,
      `${route}; curl -s -m 2 -o /dev/null -w '%{http_code}' http://${address}:8080/healthz; ${undo}`,
    );
    expect(code).toBe('000');
    expect(await sh(other, `curl -s -m 5 -o /dev/null -w '%{http_code}' http://${address}:8080/healthz`)).toBe('200');
  });
});
