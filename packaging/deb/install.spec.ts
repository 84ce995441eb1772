import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const script = join(import.meta.dirname, 'install.sh');

function refusal(...args: string[]): string {
  const ended = spawnSync('sh', [script, ...args], { encoding: 'utf8', env: { PATH: process.env['PATH'] } });
  expect(ended.status).toBe(1);
  return ended.stderr;
}

it('is plain sh', () => {
  for (const file of [
    script,
    ...['postinst', 'prerm', 'postrm'].map((name) => join(import.meta.dirname, 'scripts', name)),
  ]) {
    expect(spawnSync('sh', ['-n', file]).status).toBe(0);
  }
});

it('refuses arguments that it does not know, with one line', () => {
  expect(refusal('--urk')).toBe('techulus: unknown argument: --urk\n');
  expect(refusal()).toMatch(/^techulus: --url is missing.*\n$/);
  expect(refusal('--url')).toBe('techulus: --url needs a value.\n');
  expect(refusal('--url', 'ftp://x')).toMatch(/^techulus: --url is missing.*\n$/);
});

/** What `dpkg` is asked by one of the script's functions, where this is in its journal of unfinished work. */
function askedOfDpkg(functionName: string, journal: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'install-'));
  mkdirSync(join(folder, 'updates'));
  for (const name of journal) writeFileSync(join(folder, 'updates', name), '');
  writeFileSync(join(folder, 'dpkg'), '#!/bin/sh\necho "dpkg $*"\n', { mode: 0o755 });
  const functions = readFileSync(script, 'utf8').replace('\nmain "$@"\n', `\n${functionName}\n`);
  const env = { PATH: `${folder}:${process.env['PATH']}`, DPKG_ADMINDIR: folder };
  const ended = spawnSync('sh', ['-c', functions], { encoding: 'utf8', env });
  rmSync(folder, { recursive: true });
  expect(ended.status).toBe(0);
  return ended.stdout;
}

it('has dpkg end what was cut off before it asks for more, and only then', () => {
  expect(askedOfDpkg('finish_interrupted', ['0001'])).toBe('dpkg --configure -a\n');
  expect(askedOfDpkg('finish_interrupted', [])).toBe('');
});
