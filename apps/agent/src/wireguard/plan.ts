/** The addresses of the mesh as an agent needs them; the plan itself is the control plane's. */
export const INTERFACE = 'wg0';
export const PORT = 51820;
export const MTU = 1420;
export const KEEPALIVE_SECONDS = 25;
/** Written on the interface, in the kernel: an interface of that name without it is somebody else's. */
export const ALIAS = 'techulus';
/** WireGuard makes a new handshake every two minutes while there is traffic, and keepalives are traffic. */
export const FRESH_SECONDS = 190;

export function meshAddress(subnetId: number): string {
  return `10.100.${subnetId}.1`;
}

/** What belongs to a server: its own address range, and its containers'. */
export function subnetsOf(subnetId: number): readonly string[] {
  return [`10.100.${subnetId}.0/24`, `10.200.${subnetId}.0/24`];
}
