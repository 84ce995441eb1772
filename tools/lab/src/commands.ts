/** Each command of the command line as calls of the library. Answers the exit code. */
import type { Command } from './arguments.ts';
import { findServer, type ApiTarget } from './control-plane-client.ts';
import { helpText } from './help.ts';
import * as lab from './index.ts';
import { renderStatus } from './status.ts';

const print = (text: string): void => void process.stdout.write(text);
const onProgress = (line: string): void => print(`${line}\n`);

type Handlers = { readonly [K in Command['kind']]: (command: Extract<Command, { kind: K }>) => Promise<number | void> };

async function serverStatus(target: ApiTarget, name: string): Promise<string> {
  try {
    return (await findServer(target, name))?.status ?? 'not a server';
  } catch {
    return 'unknown';
  }
}

async function showStatus(json: boolean): Promise<void> {
  const state = lab.readLabJson();
  if (json) {
    print(`${JSON.stringify(state, null, 2)}\n`);
    return;
  }
  const [api] = state.api;
  const statuses = new Map<string, string>();
  if (api !== undefined && state.adminToken !== null) {
    const target = { url: api.url, token: state.adminToken };
    for (const { name } of state.nodes) statuses.set(name, await serverStatus(target, name));
  }
  print(renderStatus(state, statuses));
}

const units = ['-u', 'techulus-agent', '-u', 'techulus-dns'];

const handlers: Handlers = {
  help: async () => print(helpText),
  up: async ({ kind: _, ...options }) => {
    await lab.labUp({ ...options, onProgress });
    await showStatus(false);
  },
  down: async ({ purge }) => await lab.labDown({ purge, onProgress }),
  status: async ({ json }) => await showStatus(json),
  exec: async ({ node, command }) => await lab.attachToNode(node, command),
  add: async ({ role, name }) => {
    const added = await lab.addNode(role, { onProgress, ...(name === undefined ? {} : { name }) });
    print(`${added.name}: ${added.address}\n`);
  },
  kill: async ({ node, what }) => await lab.killInNode(node, what),
  partition: async ({ node, from }) => await lab.partitionNode(node, from),
  heal: async ({ node }) => await lab.healNode(node),
  reboot: async ({ node }) => await lab.rebootNode(node),
  crash: async ({ node }) => await lab.crashNode(node),
  remove: async ({ node }) => await lab.removeNode(node),
  logs: async ({ node, options }) => await lab.attachToNode(node, ['journalctl', '--no-pager', ...units, ...options]),
};

export async function runCommand(command: Command): Promise<number> {
  const handle = handlers[command.kind] as (command: Command) => Promise<number | void>;
  return (await handle(command)) ?? 0;
}
