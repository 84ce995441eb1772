import { countEstablished } from './connections.ts';

// As the kernel prints it (proc(5)): 10.200.7.11:8080 listening, two established to it, one from it to another server.
const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0B07C80A:1F90 0107C80A:D2A4 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0 20 4 30 10 -1
   2: 0B07C80A:1F90 0101640A:D2A6 01 00000000:00000000 00:00000000 00000000     0        0 3 1 0 20 4 30 10 -1
   3: 0B07C80A:1F90 0101640A:D2A8 06 00000000:00000000 00:00000000 00000000     0        0 4 1 0 20 4 30 10 -1
   4: 0100007F:A001 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 5 1 0 20 4 30 10 -1
`;

const TABLE6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue
   0: 0000000000000000FFFF00000B07C80A:1F90 0000000000000000FFFF00000107C80A:D2A4 01 00000000:00000000
   1: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000
`;

describe('open connections', () => {
  it('are those established at the address, not its listeners, its own loopback or what has ended', () => {
    expect(countEstablished(TABLE, '10.200.7.11')).toBe(2);
    expect(countEstablished(TABLE, '10.200.7.12')).toBe(0);
  });

  it('are seen when a server listens on IPv6 for both', () => {
    expect(countEstablished(TABLE6, '10.200.7.11')).toBe(1);
  });
});
