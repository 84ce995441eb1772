/**
 * `techulus-agent dns`: answers `<service>.internal` from a file that the agent replaces, and forwards the rest. A process of
 * its own and plain Node, so that restarting or upgrading the agent stops no name.
 */
import { systemClock, systemRandom, systemTimers } from '@techulus/ports';
import { createForward } from './forward.ts';
import { logToStdout } from './log.ts';
import { createNameServer } from './name-server.ts';
import { readNodeUpstreams } from './node-upstreams.ts';
import { holdAddress, releaseAddress } from './own-address.ts';
import { tcpExchange, udpExchange, type Upstream } from './upstream-sockets.ts';
import { watchDnsFile } from './watch-dns-file.ts';

const UDP_TRY_MS = 1_500;
const TCP_TRY_MS = 3_000;
const UPSTREAMS_LOOK_MS = 5_000;
const path = process.argv[2] ?? '/var/lib/techulus/dns.json';

let upstreams: readonly Upstream[] = [];
const forward = createForward({
  upstreams: () => upstreams,
  udp: udpExchange(systemTimers, UDP_TRY_MS),
  tcp: tcpExchange(systemTimers, TCP_TRY_MS),
  clock: systemClock,
  random: systemRandom,
});
const server = createNameServer({
  timers: systemTimers,
  random: systemRandom,
  log: logToStdout,
  forward,
  hold: holdAddress,
  release: releaseAddress,
});
const lookUpstreams = (): void => {
  upstreams = readNodeUpstreams(server.address() ?? '');
};

const end = (): void => {
  server.close();
  process.exit(0);
};
// What is in the sockets by now is answered first.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void systemTimers.after(0, end));
watchDnsFile(path, { timers: systemTimers, log: logToStdout }, (file) => {
  server.use(file);
  lookUpstreams();
});
systemTimers.every(UPSTREAMS_LOOK_MS, lookUpstreams);
// Without names yet there is no socket that keeps the process alive, and the timers do not.
const keepAlive = (): void => void systemTimers.after(60_000, keepAlive, { keepAlive: true });
keepAlive();
