import { canServer, deploymentsOn, isOnline, meshAddress, type Server } from '@techulus/domain';
import { isoTime } from '../reading/time.ts';
import type { View } from '../reading/view.ts';
import { serverConditions } from './server-conditions.ts';
import type { ServerResource, ServerStatus } from './server-resource.dto.ts';
import { staysOn } from './server-stays.ts';

function statusOf(view: View, server: Server): ServerStatus {
  if (server.removed) return 'removed';
  if (server.removing !== null) return 'removing';
  if (server.registration === null) return 'registering';
  if (view.reports === null) return 'unknown';
  return isOnline(view, view.cluster, server.id) ? 'online' : 'offline';
}

export function serverResource(view: View, server: Server): ServerResource {
  const { id, version, name, role, registration, admitted, cordoned, draining } = server;
  const report = view.reports?.get(id);
  return {
    ...{ id, version, name, role },
    labels: server.labels,
    status: statusOf(view, server),
    createdAt: isoTime(server.createdAt),
    subnetId: registration?.subnetId ?? null,
    meshAddress: registration === null ? null : meshAddress(registration.subnetId),
    publicAddress: report?.publicAddress ?? null,
    endpoints: [...server.endpoints],
    host: registration?.host ?? null,
    ...{ admitted, cordoned, draining },
    stays: staysOn(view, server),
    deployments: deploymentsOn(view.cluster, id).filter(({ expected }) => expected).length,
    lastSeenAt: report === undefined ? null : isoTime(report.seenAt),
    conditions: report === undefined ? null : serverConditions(view, server, report),
    can: canServer(view.cluster, server),
  };
}
