import { renderStatus } from './status.ts';

describe('status', () => {
  it('is a table with what is off and what is no server yet', () => {
    const text = renderStatus(
      {
        ...{
          apiUrl: 'http://127.0.0.1:7480',
          nodeApiUrl: 'http://172.30.1.254:7480',
          adminToken: 'secret',
          registry: '172.30.1.254:5000',
        },
        ...{ api: [{ pid: 7, url: 'http://127.0.0.1:7480' }], postgres: null },
        nodes: [
          { name: 'worker-1', role: 'worker', serverId: 's1', subnetId: 2, address: '172.30.1.1', pid: 10 },
          { name: 'proxy-1', role: 'proxy', serverId: null, subnetId: null, address: '172.30.1.2', pid: null },
        ],
      },
      new Map([['worker-1', 'online']]),
    );
    expect(text).toBe(`control plane  http://127.0.0.1:7480 (pid 7), for nodes http://172.30.1.254:7480
registry       172.30.1.254:5000

NODE      ROLE    ADDRESS     STATE        SERVER        MESH
worker-1  worker  172.30.1.1  on (pid 10)  online        10.100.2.1
proxy-1   proxy   172.30.1.2  off          not a server  -
`);
  });
});
