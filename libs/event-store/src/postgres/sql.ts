import { CompiledQuery } from 'kysely';
import type { EntityManager } from '@mikro-orm/postgresql';
import { TransactionDeadlock } from '../errors.ts';

/** What runs a statement: the ORM's open transaction, or its pool. */
export interface SqlExecutor {
  executeQuery<R>(query: CompiledQuery<R>): Promise<{ readonly rows: R[] }>;
}

/**
 * One statement with bound parameters. The ORM's own `execute` would write them into the text. Columns that the driver
 * would turn into strings or objects (int8, jsonb) are selected as text or double precision where it matters.
 */
export async function run<R>(executor: SqlExecutor, sql: string, parameters: readonly unknown[] = []): Promise<R[]> {
  try {
    const { rows } = await executor.executeQuery<R>(CompiledQuery.raw(sql, [...parameters]) as CompiledQuery<R>);
    return rows;
  } catch (error) {
    throw isDeadlock(error) ? new TransactionDeadlock({ cause: error }) : error;
  }
}

function isDeadlock(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === '40P01';
}

export function poolOf(em: EntityManager): SqlExecutor {
  return em.getConnection().getClient<unknown>();
}

export function transactionOf(em: EntityManager): SqlExecutor {
  const context = em.getTransactionContext<SqlExecutor>();
  if (!context) throw new Error('the event store needs an open transaction here');
  return context;
}
