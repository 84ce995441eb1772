/** Injection tokens of ports and values that have no class: `@Inject(EVENT_STORE) store: EventStore`. */
export const CONFIG = Symbol('Config');
export const EVENT_STORE = Symbol('EventStore');
export const JOB_QUEUE = Symbol('JobQueue');
/** Clock: the database's time. */
export const CLOCK = Symbol('Clock');
export const TIMERS = Symbol('Timers');
export const RANDOM = Symbol('Random');
export const LOG = Symbol('Log');
