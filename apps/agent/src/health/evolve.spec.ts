import { afterCheck, type HealthState, initialHealth, restartBecause } from './evolve.ts';
import { healthRule, type HealthRule } from './rule.ts';
import { deployment } from '../testing/memory-node.ts';

const rule: HealthRule = {
  probe: { type: 'tcp', port: 80 },
  intervalMs: 5_000,
  timeoutMs: 1_000,
  retries: 3,
  startPeriodMs: 10_000,
};
const no = { ok: false, message: 'refused' } as const;
const yes = { ok: true } as const;

function failing(state: HealthState, times: number, runningMs = 100_000): HealthState {
  return Array.from({ length: times }).reduce<HealthState>((one) => afterCheck(one, no, rule, runningMs), state);
}

describe('health', () => {
  it('is asked often at first, then at the interval', () => {
    let state = initialHealth('starting', null);
    const waits: number[] = [];
    for (let round = 0; round < 12; round += 1) {
      state = afterCheck(state, no, rule, 100);
      waits.push(Math.round(state.nextMs));
    }
    expect(waits.slice(0, 4)).toEqual([150, 225, 338, 506]);
    expect(waits.at(-1)).toBe(5_000);
  });

  it('starts until it answers, or until start period and retries have passed', () => {
    const starting = initialHealth('starting', null);
    expect(afterCheck(starting, yes, rule, 50).health).toBe('healthy');
    expect(afterCheck(starting, no, rule, 24_999).health).toBe('starting');
    expect(afterCheck(starting, no, rule, 25_000)).toMatchObject({ health: 'unhealthy', message: 'refused' });
  });

  it('becomes unhealthy after so many failures in a row, and healthy with one success', () => {
    const healthy = initialHealth('healthy', null);
    expect(failing(healthy, 2).health).toBe('healthy');
    expect(afterCheck(failing(healthy, 2), yes, rule, 1).failures).toBe(0);
    expect(failing(healthy, 3).health).toBe('unhealthy');
    expect(afterCheck(failing(healthy, 3), yes, rule, 1)).toMatchObject({ health: 'healthy', message: null });
  });

  it('asks for a restart when it stays unhealthy for as long again', () => {
    const healthy = initialHealth('healthy', null);
    expect(restartBecause(failing(healthy, 5), rule)).toBeNull();
    expect(restartBecause(failing(healthy, 6), rule)).toBe('it stays unhealthy: refused');
  });
});

describe('the rule of a replica', () => {
  it('is its own check, else TCP on its first TCP port, else five seconds of life', () => {
    const http = {
      type: 'http',
      path: '/up',
      port: 80,
      intervalSeconds: 1,
      timeoutSeconds: 1,
      retries: 2,
      startPeriodSeconds: 0,
    } as const;
    expect(healthRule(deployment('a', { healthCheck: http })).probe).toEqual({ type: 'http', port: 80, path: '/up' });
    const ports = [
      { port: 53, protocol: 'udp' },
      { port: 8080, protocol: 'tcp' },
    ] as const;
    expect(healthRule(deployment('a', { ports: [...ports] })).probe).toEqual({ type: 'tcp', port: 8080 });
    expect(healthRule(deployment('a', { ports: [] })).probe).toEqual({ type: 'alive', forMs: 5_000 });
  });
});
