/** The command line of techulus-agent. What a command needs is loaded when it is asked for. */
import 'reflect-metadata';
import { explain } from './log.ts';
import { agentVersion } from './version.ts';

const USAGE = `techulus-agent ${agentVersion}: makes this machine a server of a Techulus cluster

usage: techulus-agent COMMAND

  register --url URL [--proxy]    join the cluster; the token comes in the environment as TECHULUS_TOKEN
  run                             pull what this server is expected to be, and be it (techulus-agent.service)
  dns                             answer names ending in .internal (techulus-dns.service)
  status [--wait SECONDS] [--json]   what this server is and does
  doctor                          what is wrong with this server, and what to do
  --version                       print the version
  --help                          print this
`;

type Command = (args: readonly string[]) => Promise<number>;

/** Its own bundle stands beside this one, so that it holds nothing of the agent. */
async function dns(args: readonly string[]): Promise<number> {
  process.argv.splice(2, process.argv.length, ...args);
  const beside = import.meta.filename.endsWith('.ts') ? './dns-server/main.ts' : './dns.js';
  await import(new URL(beside, import.meta.url).href);
  return new Promise<number>(() => undefined);
}

const COMMANDS: Readonly<Record<string, Command>> = {
  register: async (args) => (await import('./cli/register.ts')).registerCommand(args, process.env),
  run: async () => (await import('./cli/run.ts')).run(process.env),
  dns,
  doctor: async () => (await import('./doctor/index.ts')).doctorCommand(process.env),
  status: async (args) => (await import('./cli/status.ts')).statusCommand(args, process.env),
  '--version': () => Promise.resolve(console.log(agentVersion)).then(() => 0),
  '--help': () => Promise.resolve(console.log(USAGE)).then(() => 0),
};

async function main([name = '', ...args]: readonly string[]): Promise<number> {
  const command = COMMANDS[{ '-h': '--help', help: '--help', '-V': '--version', version: '--version' }[name] ?? name];
  if (command === undefined) {
    console.error(name === '' ? USAGE : `techulus-agent: there is no command "${name}"; see techulus-agent --help`);
    return 2;
  }
  try {
    return await command(args);
  } catch (error) {
    console.error(`techulus-agent ${name}: ${explain(error)}`);
    return String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS') ? 2 : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
