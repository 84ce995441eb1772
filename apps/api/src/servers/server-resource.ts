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

/** What it got when it registered. */
function registeredAs({ registration }: Server): Pick<ServerResource, 'subnetId' | 'meshAddress' | 'host'> {
  if (registration === null) return { subnetId: null, meshAddress: null, host: null };
  const { subnetId, host } = registration;
  return { subnetId, meshAddress: meshAddress(subnetId), host };
}

/** What its last report said. */
function reportedBy(view: View, server: Server): Pick<ServerResource, 'publicAddress' | 'lastSeenAt' | 'conditions'> {
  const report = view.reports?.get(server.id);
  if (report === undefined) return { publicAddress: null, lastSeenAt: null, conditions: null };
  const { publicAddress, seenAt } = report;
  return { publicAddress, lastSeenAt: isoTime(seenAt), conditions: serverConditions(view, server, report) };
}

export function serverResource(view: View, server: Server): ServerResource {
  const { id, version, name, role, labels, endpoints, admitted, cordoned, draining } = server;
  return {
    ...{ id, version, name, role, labels },
    status: statusOf(view, server),
    createdAt: isoTime(server.createdAt),
    ...registeredAs(server),
    ...reportedBy(view, server),
    endpoints: [...endpoints],
    ...{ admitted, cordoned, draining },
    stays: staysOn(view, server),
    deployments: deploymentsOn(view.cluster, id).filter(({ expected }) => expected).length,
    can: canServer(view.cluster, server),
  };
}
