/**
 * What a process may not take from its surroundings by itself: time, timers, randomness, hashing.
 * The production implementations are in system-ports.ts; tests and the simulator bring their own.
 */
export type { Clock, Hash, Random, Timer, Timers } from './ports.ts';
export { systemClock, systemHash, systemRandom, systemTimers } from './system-ports.ts';
export { sleep, withDeadline, DeadlineExceeded } from './waiting.ts';
