/**
 * From one check to the next. starting: asked often at first, until it answers or start period + interval × retries have
 * passed. healthy: `retries` failures in a row make it unhealthy. unhealthy: one success is enough; as many failures
 * again ask for a restart.
 */
import type { Health } from '../podman/ledger.ts';
import type { HealthRule } from './rule.ts';

export interface HealthState {
  readonly health: Health;
  readonly message: string | null;
  /** Failures in a row since the health last changed. */
  readonly failures: number;
  /** Until the next check. */
  readonly nextMs: number;
}

export type CheckResult = { readonly ok: true } | { readonly ok: false; readonly message: string };

const FIRST_MS = 100;
const GROWTH = 1.5;
const LEAST_FAILURES_TO_RESTART = 3;

export function initialHealth(health: Health, message: string | null): HealthState {
  return { health, message, failures: 0, nextMs: FIRST_MS };
}

function failing(state: HealthState, message: string, rule: HealthRule, runningMs: number): HealthState {
  const failures = state.failures + 1;
  const interval = rule.intervalMs;
  switch (state.health) {
    case 'starting': {
      const lost = runningMs >= rule.startPeriodMs + interval * rule.retries;
      if (lost) return { health: 'unhealthy', message, failures: 0, nextMs: interval };
      return { health: 'starting', message, failures, nextMs: Math.min(interval, state.nextMs * GROWTH) };
    }
    case 'healthy':
      if (failures >= rule.retries) return { health: 'unhealthy', message, failures: 0, nextMs: interval };
      return { health: 'healthy', message: null, failures, nextMs: interval };
    case 'unhealthy':
      return { health: 'unhealthy', message, failures, nextMs: interval };
  }
}

/** `runningMs`: how long the container has been running. */
export function afterCheck(state: HealthState, result: CheckResult, rule: HealthRule, runningMs: number): HealthState {
  if (!result.ok) return failing(state, result.message, rule, runningMs);
  return { health: 'healthy', message: null, failures: 0, nextMs: rule.intervalMs };
}

/** Why it is to be restarted: it stays unhealthy. */
export function restartBecause(state: HealthState, rule: HealthRule): string | null {
  const enough = Math.max(rule.retries, LEAST_FAILURES_TO_RESTART);
  if (state.health !== 'unhealthy' || state.failures < enough) return null;
  return `it stays unhealthy: ${state.message ?? 'the check fails'}`;
}
