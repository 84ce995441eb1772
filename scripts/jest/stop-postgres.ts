import { stopping } from './start-postgres.ts';

export default async function stopPostgres(): Promise<void> {
  await stopping.stop();
}
