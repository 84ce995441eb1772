import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryDatabase, MemoryEventStore, MemoryJobs } from '@techulus/event-store';
import { systemClock, systemHash, systemRandom, systemTimers } from '@techulus/ports';
import { openAdminToken } from './admin-token.ts';
import { Ciphertexts, secretReference } from './ciphertexts.ts';
import { openControlPlaneKey } from './control-plane-key.ts';
import { checkKeys } from './key-check.ts';
import { openMasterKey } from './master-key.ts';

let folder: string;
let store: MemoryEventStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'techulus-keys-'));
  const database = new MemoryDatabase(systemClock, systemHash, new MemoryJobs(systemClock, systemTimers));
  store = new MemoryEventStore({ database, clock: systemClock, timers: systemTimers });
});
afterEach(() => rmSync(folder, { recursive: true }));

const modeOf = (name: string): number => statSync(join(folder, name)).mode & 0o777;

describe('the keys in the state directory', () => {
  it('are made once, readable by their owner only, and stay the same', () => {
    const first = openMasterKey(folder, systemRandom).encrypt('a', 'text');
    expect(openMasterKey(folder, systemRandom).decrypt('a', first)).toBe('text');
    expect(openControlPlaneKey(folder).publicKey).toBe(openControlPlaneKey(folder).publicKey);
    expect([modeOf('master.key'), modeOf('control-plane.key')]).toEqual([0o600, 0o600]);
  });

  it('must belong to the database, or nothing starts', async () => {
    const open = (): Promise<void> =>
      checkKeys(store, openMasterKey(folder, systemRandom), openControlPlaneKey(folder));
    await open();
    await open();
    const master = readFileSync(join(folder, 'master.key'));
    rmSync(join(folder, 'master.key'));
    await expect(open()).rejects.toMatchObject({ code: 'master_key_mismatch' });
    writeFileSync(join(folder, 'master.key'), master);
    rmSync(join(folder, 'control-plane.key'));
    await expect(open()).rejects.toThrow('control-plane.key');
  });
});

describe('a stored secret', () => {
  it('opens only under its own reference, and is gone when it was erased', async () => {
    const masterKey = openMasterKey(folder, systemRandom);
    const ciphertexts = new Ciphertexts(store.rows, masterKey);
    const [one, two] = [secretReference('s', 1), secretReference('s', 2)];
    await store.transact(({ rows }) => ciphertexts.write(rows, one, 'hunter2'));
    expect(await ciphertexts.read(one)).toBe('hunter2');
    const row = await store.rows.get<{ ciphertext: string }>('ciphertext', one);
    expect(JSON.stringify(row)).not.toContain('hunter2');
    await store.transact(({ rows }) => rows.put('ciphertext', two, row));
    await expect(ciphertexts.read(two)).rejects.toMatchObject({ code: 'master_key_mismatch' });
    await store.transact(({ rows }) => ciphertexts.erase(rows, one));
    expect(await ciphertexts.read(one)).toBeUndefined();
  });
});

describe("the administrator's token", () => {
  it('is written down once and stored as a hash', async () => {
    const admin = await openAdminToken(store, folder, systemRandom);
    const token = readFileSync(join(folder, 'admin-token'), 'utf8').trim();
    expect(modeOf('admin-token')).toBe(0o600);
    expect([admin.matches(token), admin.matches(`${token}x`), admin.matches('')]).toEqual([true, false, false]);
    expect(JSON.stringify(await store.rows.list('admin_token'))).not.toContain(token);
    rmSync(join(folder, 'admin-token'));
    expect((await openAdminToken(store, folder, systemRandom)).matches(token)).toBe(true);
    expect(() => statSync(join(folder, 'admin-token'))).toThrow('ENOENT');
  });
});
