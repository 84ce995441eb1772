import { stopping } from './start-lab.ts';

export default async function stopLab(): Promise<void> {
  await stopping.stop();
}
