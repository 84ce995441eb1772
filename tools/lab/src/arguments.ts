/** The command line, read into one of the commands. Pure. */
import { killable, type Killable } from './faults.ts';
import type { NodeRole } from './nodes.ts';
import type { PartitionFrom } from './partition.ts';
import { LabProblem } from './problem.ts';

export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'up'; readonly workers: number; readonly proxies: number; readonly controlPlane: boolean }
  | { readonly kind: 'down'; readonly purge: boolean }
  | { readonly kind: 'status'; readonly json: boolean }
  | { readonly kind: 'exec'; readonly node: string; readonly command: readonly string[] }
  | { readonly kind: 'add'; readonly role: NodeRole; readonly name: string | undefined }
  | { readonly kind: 'kill'; readonly node: string; readonly what: Killable }
  | { readonly kind: 'partition'; readonly node: string; readonly from: PartitionFrom }
  | { readonly kind: 'logs'; readonly node: string; readonly options: readonly string[] }
  | { readonly kind: 'heal' | 'reboot' | 'crash' | 'remove'; readonly node: string };

function usage(message: string): LabProblem {
  return new LabProblem('usage', `${message} (\`npm run lab -- help\` lists the commands)`);
}

/** Takes `--flag VALUE` and `--flag=VALUE`, and bare flags, out of the words. */
function takeOptions(
  words: readonly string[],
  known: Readonly<Record<string, 'value' | 'bare'>>,
): { plain: string[]; options: Map<string, string> } {
  const plain: string[] = [];
  const options = new Map<string, string>();
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] ?? '';
    if (!word.startsWith('--')) {
      plain.push(word);
      continue;
    }
    const [flag = '', inline] = word.split('=', 2);
    const takes = known[flag];
    if (takes === undefined) throw usage(`unknown option ${flag}`);
    const value = takes === 'bare' ? '' : (inline ?? words[(i += 1)]);
    if (value === undefined) throw usage(`${flag} needs a value`);
    options.set(flag, value);
  }
  return { plain, options };
}

function count(text: string | undefined, otherwise: number, flag: string): number {
  if (text === undefined) return otherwise;
  if (!/^\d{1,2}$/.test(text)) throw usage(`${flag} needs a number from 0 to 15, not "${text}"`);
  return Number(text);
}

function oneOf<T extends string>(word: string | undefined, allowed: readonly T[], what: string): T {
  const found = allowed.find((each) => each === word);
  if (found === undefined)
    throw usage(`${what} must be one of ${allowed.join(', ')}${word === undefined ? '' : `, not "${word}"`}`);
  return found;
}

function needNode(words: readonly string[], command: string): string {
  const [node] = words;
  if (node === undefined) throw usage(`${command} needs the name of a node`);
  return node;
}

function noMore(words: readonly string[], from: number): void {
  if (words.length > from) throw usage(`unexpected "${words[from]}"`);
}

/** A node's name becomes a host name and a server's name. */
export function nodeName(name: string | undefined): string | undefined {
  if (name === undefined || /^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$/.test(name)) return name;
  throw usage(`"${name}" is not a node's name: lower-case letters, digits and dashes, at most 32`);
}

function parseUp(words: readonly string[]): Command {
  const { plain, options } = takeOptions(words, {
    '--workers': 'value',
    '--proxies': 'value',
    '--no-control-plane': 'bare',
  });
  noMore(plain, 0);
  return {
    kind: 'up',
    workers: count(options.get('--workers'), 2, '--workers'),
    proxies: count(options.get('--proxies'), 1, '--proxies'),
    controlPlane: !options.has('--no-control-plane'),
  };
}

function parseExec(words: readonly string[]): Command {
  const node = needNode(words, 'exec');
  const command = words[1] === '--' ? words.slice(2) : words.slice(1);
  if (command.length === 0) throw usage('exec needs a command: exec NODE -- CMD…');
  return { kind: 'exec', node, command };
}

function parsePartition(words: readonly string[]): Command {
  const { plain, options } = takeOptions(words, { '--from': 'value' });
  noMore(plain, 1);
  const from = oneOf(options.get('--from') ?? 'all', ['api', 'nodes', 'all'] as const, '--from');
  return { kind: 'partition', node: needNode(plain, 'partition'), from };
}

function onNode(kind: 'heal' | 'reboot' | 'crash' | 'remove') {
  return (words: readonly string[]): Command => {
    noMore(words, 1);
    return { kind, node: needNode(words, kind) };
  };
}

function flag(words: readonly string[], name: string): boolean {
  const { plain, options } = takeOptions(words, { [name]: 'bare' });
  noMore(plain, 0);
  return options.has(name);
}

const parsers: Readonly<Record<string, (words: readonly string[]) => Command>> = {
  help: () => ({ kind: 'help' }),
  up: parseUp,
  down: (words) => ({ kind: 'down', purge: flag(words, '--purge') }),
  status: (words) => ({ kind: 'status', json: flag(words, '--json') }),
  exec: parseExec,
  add: (words) => {
    noMore(words, 2);
    return { kind: 'add', role: oneOf(words[0], ['worker', 'proxy'] as const, 'the role'), name: nodeName(words[1]) };
  },
  kill: (words) => {
    noMore(words, 2);
    return { kind: 'kill', node: needNode(words, 'kill'), what: oneOf(words[1], killable, 'what to kill') };
  },
  partition: parsePartition,
  heal: onNode('heal'),
  reboot: onNode('reboot'),
  crash: onNode('crash'),
  remove: onNode('remove'),
  logs: (words) => ({ kind: 'logs', node: needNode(words, 'logs'), options: words.slice(1) }),
};

export function parseArguments(argv: readonly string[]): Command {
  const [word = 'help', ...rest] = argv;
  if (['--help', '-h'].includes(word) || rest[0] === '--help') return { kind: 'help' };
  const parse = Object.hasOwn(parsers, word) ? parsers[word] : undefined;
  if (parse === undefined) throw usage(`unknown command "${word}"`);
  return parse(rest);
}
