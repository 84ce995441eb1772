import { spawnSync } from 'node:child_process';
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
