import { parseArgs } from 'node:util';
import { thisMachine } from '../host.ts';
import { journalLog } from '../log.ts';
import { clock, configFile, identityFile, random } from '../node.ts';
import { register, RegistrationFailed } from '../register.ts';
import { paths as pathsFrom } from '../state/paths.ts';
import { httpTransport } from '../wire/transport.ts';

export async function registerCommand(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const options = { url: { type: 'string' }, proxy: { type: 'boolean', default: false } } as const;
  const { values } = parseArgs({ args: [...args], options });
  const paths = pathsFrom(env);
  const config = configFile(paths, journalLog);
  const url = values.url ?? (await config.load())?.controlPlanes[0];
  if (url === undefined || !URL.canParse(url)) {
    console.error('techulus-agent register: give the control plane with --url https://…');
    return 2;
  }
  const parts = {
    identity: identityFile(paths, journalLog),
    config,
    transport: httpTransport(),
    machine: thisMachine,
    clock,
    random,
    log: journalLog,
  };
  try {
    const token = env['TECHULUS_TOKEN'] ?? null;
    const member = await register(parts, { token, url, isProxy: values.proxy });
    console.log(`registered as ${member.name} (${member.serverId}), subnet ${member.subnetId}`);
    return 0;
  } catch (error) {
    if (!(error instanceof RegistrationFailed)) throw error;
    console.error(`techulus-agent register: ${error.message}`);
    return 1;
  }
}
