import type { RunProgram } from '../run-program.ts';
import { ensureFirewall } from './apply.ts';
import { renderNftables } from './render.ts';

/** nft as far as it is asked: lists what it was given. */
function nft(listed: string | null): { run: RunProgram; given: string[] } {
  const given: string[] = [];
  const run: RunProgram = (_, args, options) => {
    if (args[0] === 'list') return Promise.resolve({ code: listed === null ? 1 : 0, stdout: listed ?? '', stderr: '' });
    given.push(options?.input ?? '');
    return Promise.resolve({ code: 0, stdout: '', stderr: '' });
  };
  return { run, given };
}

it('replaces the whole table in one transaction', () => {
  const text = renderNftables();
  expect(text.startsWith('add table inet techulus\ndelete table inet techulus\ntable inet techulus {\n')).toBe(true);
  expect(text).toContain('ip saddr 10.200.0.0/16 ip daddr { 10.100.0.0/16, 10.200.0.0/16 } snat ip to ip saddr');
});

it('sets a table that is missing or was cut short, and leaves one that stands', async () => {
  const missing = nft(null);
  expect(await ensureFirewall(missing.run)).toEqual({ outcome: 'done' });
  expect(missing.given).toEqual([renderNftables()]);
  const cut = nft(renderNftables().replace(/^.*drop\n/m, ''));
  await ensureFirewall(cut.run);
  expect(cut.given).toHaveLength(1);
  const standing = nft(renderNftables());
  await ensureFirewall(standing.run);
  expect(standing.given).toEqual([]);
});
