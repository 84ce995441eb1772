/** The mesh: wg0, its peers and the routes through it. */
export {
  applyPeers,
  leaveMesh,
  rotateEndpoints,
  wireguardEffector,
  type WireguardKeys,
  type WireguardPorts,
} from './apply.ts';
export { observeWireguard } from './observe.ts';
export { hasHandshake } from './endpoints.ts';
export { INTERFACE, meshAddress, MTU, PORT, subnetsOf } from './plan.ts';
