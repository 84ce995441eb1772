/** What is running and what to try next. */
import type { LabJson } from '@techulus/lab';
import type { Rest } from './rest.ts';
import { renderTable } from './table.ts';

interface Server {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly status: string;
}

interface Service {
  readonly id: string;
  readonly name: string;
  readonly replicas: number;
  readonly available: number;
}

interface Deployment {
  readonly serviceId: string;
  readonly serverId: string;
  readonly address: string;
  readonly stage: string;
}

function nextSteps(lab: LabJson): string {
  const [proxy, worker] = [
    lab.nodes.find(({ role }) => role === 'proxy'),
    lab.nodes.find(({ role }) => role === 'worker'),
  ];
  return [
    'Try next, in a second terminal:',
    `  npm run lab -- exec ${proxy?.name ?? 'proxy-1'} -- curl -s http://web.internal:8080/`,
    `  npm run lab -- exec ${worker?.name ?? 'worker-1'} -- podman ps`,
    '  npm run lab -- status',
    '  TOKEN=$(node -p \'require("./.lab/lab.json").adminToken\')',
    `  curl -s -H "Authorization: Bearer $TOKEN" ${lab.apiUrl}/api/v1/services`,
    `  npm run lab -- reboot ${worker?.name ?? 'worker-1'}`,
    '',
    'Ctrl-C takes everything down and keeps the data.',
  ].join('\n');
}

export async function renderWelcome(rest: Rest, lab: LabJson): Promise<string> {
  const servers = await rest.list<Server>('/servers');
  const services = await rest.list<Service>('/services');
  const deployments = await rest.list<Deployment>('/deployments');
  const nameOf = (serverId: string): string => servers.find(({ id }) => id === serverId)?.name ?? serverId;
  const running = deployments.filter(({ stage }) => stage === 'running');

  const serverRows = lab.nodes.map((node) => {
    const status = servers.find(({ id }) => id === node.serverId)?.status ?? 'unknown';
    return [node.name, node.role, status, node.address, node.subnetId === null ? '' : `10.200.${node.subnetId}.0/24`];
  });
  const replicaRows = services.flatMap(({ id, name, available, replicas }) =>
    running
      .filter(({ serviceId }) => serviceId === id)
      .map(({ address, serverId }) => [name, `${available} of ${replicas}`, address, nameOf(serverId)]),
  );
  return [
    '',
    renderTable(['SERVER', 'ROLE', 'STATUS', 'ADDRESS', 'CONTAINERS'], serverRows),
    '',
    renderTable(['SERVICE', 'AVAILABLE', 'REPLICA', 'ON'], replicaRows),
    '',
    `The control plane answers at ${lab.apiUrl}; its administrator token is in .lab/lab.json.`,
    '',
    nextSteps(lab),
  ].join('\n');
}
