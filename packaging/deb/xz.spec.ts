import { spawnSync } from 'node:child_process';
import { arArchive } from './ar.ts';
import { TAR_END, tarEntries } from './tar.ts';
import { joinXz, xz } from './xz.ts';

it('joins streams into one that unpacks to all of them', () => {
  const parts = [Buffer.from('a'.repeat(100_000)), Buffer.alloc(0), Buffer.from('the end')];
  const joined = joinXz(parts.map((part) => xz(part, 1)));
  const unpacked = spawnSync('xz', ['--decompress', '--stdout', '--single-stream'], { input: joined });
  expect(unpacked.status).toBe(0);
  expect(unpacked.stdout.equals(Buffer.concat(parts))).toBe(true);
  expect(spawnSync('xz', ['--test'], { input: joined }).status).toBe(0);
});

it('writes archives that tar reads, the same bytes each time', () => {
  const entries = [
    { path: 'usr/', content: Buffer.alloc(0), mode: 0o755 },
    { path: 'usr/tool', content: Buffer.from('#!/bin/sh\n'), mode: 0o755 },
  ];
  const tar = Buffer.concat([tarEntries(entries), TAR_END]);
  expect(tar.equals(Buffer.concat([tarEntries(entries), TAR_END]))).toBe(true);
  const listed = spawnSync('tar', ['--list', '--verbose', '--utc', '--file', '-'], {
    input: tar,
    env: { PATH: process.env['PATH'], LANG: 'C' },
  });
  expect(listed.stdout.toString()).toMatch(
    /^drwxr-xr-x root\/root +0 2020-01-01 00:00 \.\/usr\/\n-rwxr-xr-x root\/root +10 2020-01-01 00:00 \.\/usr\/tool\n$/,
  );
});

it('pads members to even lengths', () => {
  const archive = arArchive([
    { name: 'debian-binary', content: Buffer.from('2.0') },
    { name: 'b', content: Buffer.from('xy') },
  ]);
  expect(archive.length).toBe(8 + 60 + 4 + 60 + 2);
});
