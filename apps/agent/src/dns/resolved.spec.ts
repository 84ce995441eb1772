import type { ProgramResult, RunProgram } from '../run-program.ts';
import { ensureResolved, resolvedAfter } from './resolved.ts';

/** A machine with systemd-resolved on it: what its link says is what was set, as long as there is a link. */
function machine(link: Record<string, string> | null = {}) {
  const state = { link, active: true };
  const set: string[] = [];
  const answer = (code: number, text = ''): ProgramResult => ({ code, stdout: code === 0 ? text : '', stderr: text });
  const run: RunProgram = (program, [what = '', , value]) => {
    if (program === 'systemctl') return Promise.resolve(answer(state.active ? 0 : 3));
    if (state.link === null) return Promise.resolve(answer(1, 'Failed to resolve interface "wg0": No such device'));
    if (value === undefined) return Promise.resolve(answer(0, `Link 9 (wg0): ${state.link[what] ?? ''}\n`));
    state.link[what] = value;
    set.push(`${what} ${value}`);
    return Promise.resolve(answer(0));
  };
  return { state, set, run };
}

const all = ['dns 10.200.7.1', 'domain ~internal', 'default-route no'];
const action = { kind: 'apply_wireguard', key: 'wireguard', because: 'no interface', subnetId: 7, peers: [] } as const;
const { signal } = new AbortController();

describe('the host’s own resolver', () => {
  it('is set once, for our zone only', async () => {
    const { run, set } = machine();
    expect([await ensureResolved(run, 7), await ensureResolved(run, 7)]).toEqual(['set', 'set']);
    expect(set).toEqual(all);
  });

  it('is left alone where it is another', async () => {
    const { state, run, set } = machine();
    state.active = false;
    expect(await ensureResolved(run, 7)).toBe('absent');
    expect(set).toEqual([]);
  });

  it('is set with the link, not at some later look', async () => {
    const { state, run, set } = machine(null);
    expect(await ensureResolved(run, 7)).toBe('absent');
    const made = resolvedAfter(
      () => {
        state.link = {};
        return Promise.resolve({ outcome: 'done' });
      },
      run,
      7,
    );
    expect(await made(action, signal)).toEqual({ outcome: 'done' });
    expect(set).toEqual(all);
  });

  it('says what could not be set', async () => {
    const { run } = machine();
    const stubborn: RunProgram = (program, args) =>
      program === 'systemctl' || args.length < 3
        ? run(program, args)
        : Promise.resolve({ code: 1, stdout: '', stderr: 'Access denied\n' });
    expect(await ensureResolved(stubborn, 7)).toEqual({ failed: 'resolvectl dns wg0 10.200.7.1: Access denied' });
  });

  it('is not touched where the tunnels were refused', async () => {
    const { run, set } = machine();
    const refused = { outcome: 'refused', message: 'a foreign wg0' } as const;
    expect(await resolvedAfter(() => Promise.resolve(refused), run, 7)(action, signal)).toEqual(refused);
    expect(set).toEqual([]);
  });
});
