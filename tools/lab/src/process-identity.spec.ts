import { identifyProcess, isRunning, parseIdentity } from './process-identity.ts';

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
