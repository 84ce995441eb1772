import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identifyProcess, isRunning, parseIdentity, worksIn } from './process-identity.ts';

describe('process identity', () => {
  it('knows this process by number and start time', () => {
    const me = identifyProcess(process.pid);
    expect(isRunning(me)).toBe(true);
    expect(parseIdentity(`${me?.pid} ${me?.started}\n`)).toEqual(me);
  });

  it('takes the same number with another start for another process', () => {
    expect(isRunning({ pid: process.pid, started: '1' })).toBe(false);
  });

  it.each([undefined, '', '12', '0 5', '1 5', 'x 5', '-4 5'])('reads %j as nobody', (text) => {
    expect(parseIdentity(text)).toBeUndefined();
  });
});

describe('the folder that a process works in', () => {
  it('is known also where the process has it mounted elsewhere, as PostgreSQL of a closed checkout does', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'works-in-'));
    const script = 'mount --bind "$1" /mnt && cd /mnt && echo there && exec sleep 20';
    const child = spawn('unshare', ['--mount', 'sh', '-c', script, 'sh', folder]);
    try {
      await once(child.stdout, 'data');
      expect(worksIn(child.pid ?? 0, folder)).toBe(true);
      expect(worksIn(child.pid ?? 0, tmpdir())).toBe(false);
    } finally {
      child.kill();
      await once(child, 'exit');
      rmdirSync(folder);
    }
  });

  it('is unknown of a process that is gone, and no folder that is not there', () => {
    expect(worksIn(process.pid, process.cwd())).toBe(true);
    expect(worksIn(process.pid, join(process.cwd(), 'not-there'))).toBe(false);
    expect(worksIn(0, process.cwd())).toBe(false);
  });
});
