/** The event log: the port, its two stores, jobs, the registry of event types, the hash chain, the embedded PostgreSQL. */
export type * from './backup.ts';
export type * from './event-store.ts';
export {
  ClaimConflict,
  ExpectedVersionConflict,
  StoreNotEmpty,
  SubscriptionClosed,
  TransactionDeadlock,
  UnknownEventType,
  UnstorableData,
} from './errors.ts';
export { canonicalJson } from './canonical-json.ts';
export { chainHash, GENESIS_HASH, readAll, verifyChain, verifyLog } from './hash-chain.ts';
export type { Anchor, Verification } from './hash-chain.ts';
export { eventSchemas } from './schema.ts';
export type { EventSchemas, EventType, Upcaster } from './schema.ts';
export type { Job, JobHandler, JobQueue } from './jobs.ts';
export { MemoryDatabase } from './memory/memory-database.ts';
export { MemoryEventStore } from './memory/memory-event-store.ts';
export type { MemoryEventStoreOptions } from './memory/memory-event-store.ts';
export { MemoryJobs } from './memory/memory-jobs.ts';
export type { DeliveryFaults, MemoryJobQueue } from './memory/memory-jobs.ts';
export { EventLog, eventStoreMigrations } from './postgres/migrations.ts';
export { PgBossJobs } from './postgres/pg-boss-jobs.ts';
export type { PgBossJobsOptions } from './postgres/pg-boss-jobs.ts';
export { PostgresEventStore } from './postgres/postgres-event-store.ts';
export type { JobSink, PostgresEventStoreOptions } from './postgres/postgres-event-store.ts';
export { startEmbeddedPostgres } from './embedded/embedded-postgres.ts';
export type { EmbeddedPostgres, EmbeddedPostgresOptions } from './embedded/embedded-postgres.ts';
export { EmbeddedPostgresError } from './embedded/embedded-postgres-error.ts';
export type { EmbeddedPostgresErrorCode } from './embedded/embedded-postgres-error.ts';
