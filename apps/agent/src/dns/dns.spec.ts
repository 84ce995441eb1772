import { systemRandom, systemTimers } from '@techulus/ports';
import { createAnswer } from '../dns-server/answer.ts';
import { parseDnsFile } from '../dns-server/dns-file.ts';
import { listenTcp } from '../dns-server/listen-tcp.ts';
import { listenUdp } from '../dns-server/listen-udp.ts';
import { compileZone } from '../dns-server/zone.ts';
import { createAskServer, parseLoaded } from './ask-server.ts';
import { renderDnsFile } from './render.ts';

const content = {
  generation: { renderer: 1, epoch: 2, position: 99 },
  hash: 'c'.repeat(64),
  subnetId: 7,
  records: [
    { key: 'web', addresses: ['10.200.2.9', '10.200.1.2'] },
    { key: 'api', addresses: Array.from({ length: 4500 }, (_, at) => `10.200.${at >> 8}.${at & 255}`).slice(0, 900) },
  ],
};

it('renders equal bytes for equal content, which the DNS process takes', () => {
  const text = renderDnsFile(content);
  expect(renderDnsFile({ ...content, records: content.records.toReversed() })).toBe(text);
  expect(renderDnsFile({ ...content, records: content.records.slice(0, 1) })).toBe(
    `{"generation":{"epoch":2,"position":99,"renderer":1},"hash":"${'c'.repeat(64)}",` +
      `"records":[{"addresses":["10.200.1.2","10.200.2.9"],"key":"web"}],"subnetId":7}\n`,
  );
  expect(parseDnsFile(text).records).toHaveLength(2);
});

it('reads only what a DNS process of ours says', () => {
  expect(parseLoaded(undefined)).toBeNull();
  expect(parseLoaded('1.2 x')).toBeNull();
});

it('asks a process over UDP and TCP', async () => {
  const records = Array.from({ length: 5 }, (_, at) => ({
    key: `s${at}`,
    addresses: Array.from({ length: 1000 }, (__, index) => `10.200.${at * 4 + (index >> 8)}.${index & 255}`),
  }));
  const zone = compileZone(parseDnsFile(renderDnsFile({ ...content, records })), systemRandom);
  const answer = createAnswer(
    () => zone,
    () => Promise.reject(new Error('never forwarded')),
  );
  const udp = await listenUdp('127.0.0.1', 0, answer);
  const tcp = await listenTcp('127.0.0.1', udp.port, answer);
  try {
    const ask = createAskServer(systemTimers, systemRandom, udp.port);
    expect(await ask.loaded('127.0.0.1')).toEqual({ generation: content.generation, hash: content.hash });
    expect(new Set(await ask.addresses('127.0.0.1'))).toEqual(new Set(records.flatMap((record) => record.addresses)));
  } finally {
    udp.close();
    tcp.close();
  }
});
