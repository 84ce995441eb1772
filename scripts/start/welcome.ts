/** What is running and what to try next. */
import { relative } from 'node:path';
import { labPaths, type LabJson, type LabPaths } from '@techulus/lab';
import { listDeployments, listServers, listServices, type Client } from '@techulus/api-client';
import { everything } from './answers.ts';
import { renderTable } from './table.ts';

/** As one types it from here; one that lies elsewhere in full. */
function asTyped(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith('..') ? path : `./${fromHere}`;
}

export function nextSteps(lab: LabJson, { labJson }: Pick<LabPaths, 'labJson'>, labDir?: string): string {
  const [proxy, worker] = [
    lab.nodes.find(({ role }) => role === 'proxy'),
    lab.nodes.find(({ role }) => role === 'worker'),
  ];
  return [
    'Try next, in a second terminal:',
    ...(labDir === undefined ? [] : [`  export TECHULUS_LAB_DIR=${labDir}`]),
    `  npm run lab -- exec ${proxy?.name ?? 'proxy-1'} -- curl -s http://web.internal:8080/`,
    `  npm run lab -- exec ${worker?.name ?? 'worker-1'} -- podman ps`,
    '  npm run lab -- status',
    `  TOKEN=$(node -p 'require("${asTyped(labJson)}").adminToken')`,
    `  curl -s -H "Authorization: Bearer $TOKEN" ${lab.apiUrl}/api/v1/services`,
    `  npm run lab -- reboot ${worker?.name ?? 'worker-1'}`,
    '',
    'Ctrl-C takes everything down and keeps the data.',
  ].join('\n');
}

export async function renderWelcome(client: Client, lab: LabJson): Promise<string> {
  const paths = labPaths();
  const servers = await everything('listing the servers', (query) => listServers({ client, query }));
  const services = await everything('listing the services', (query) => listServices({ client, query }));
  const deployments = await everything('listing the deployments', (query) => listDeployments({ client, query }));
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
    `The control plane answers at ${lab.apiUrl}; its administrator token is in ${asTyped(paths.labJson)}.`,
    '',
    nextSteps(lab, paths, process.env['TECHULUS_LAB_DIR']),
  ].join('\n');
}
