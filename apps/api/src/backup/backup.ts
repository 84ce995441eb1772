/** `techulus-api backup --to FILE`: database and keys in one file, also while a control plane runs on them. */
import type { Config } from '../config.ts';
import { withDatabase } from '../log-commands.ts';
import type { Log } from '../log.ts';
import { writeBackup } from './backup-file.ts';
import { readKeyFiles } from './key-files.ts';
import { LEFT_OUT } from './kinds.ts';

export function backUp(config: Config, log: Log, to: string): Promise<boolean> {
  const keys = readKeyFiles(config.stateDirectory);
  return withDatabase(config, log, async ({ store, clock }) => {
    const records = (write: Parameters<typeof store.backUp>[1]) => store.backUp(LEFT_OUT, write);
    const { position, epoch } = await writeBackup(to, { at: clock.now(), keys, records });
    log.info({ to, position, epoch }, 'backed up; whoever has this file has the cluster: keep it like a key');
    return true;
  });
}
