import { parseArguments } from './arguments.ts';

const parse = (line: string): unknown => parseArguments(line.split(' ').filter(Boolean));

describe('arguments', () => {
  it.each([
    ['', { kind: 'help' }],
    ['--help', { kind: 'help' }],
    ['up --help', { kind: 'help' }],
    ['up', { kind: 'up', workers: 2, proxies: 1, controlPlane: true }],
    ['up --workers 3 --proxies=0 --no-control-plane', { kind: 'up', workers: 3, proxies: 0, controlPlane: false }],
    ['down', { kind: 'down', purge: false }],
    ['down --purge', { kind: 'down', purge: true }],
    ['status --json', { kind: 'status', json: true }],
    ['exec web-1 -- ls -l --all', { kind: 'exec', node: 'web-1', command: ['ls', '-l', '--all'] }],
    ['add worker', { kind: 'add', role: 'worker', name: undefined }],
    ['add proxy edge-1', { kind: 'add', role: 'proxy', name: 'edge-1' }],
    ['kill worker-1 dns', { kind: 'kill', node: 'worker-1', what: 'dns' }],
    ['partition worker-1', { kind: 'partition', node: 'worker-1', from: 'all' }],
    ['partition --from api worker-1', { kind: 'partition', node: 'worker-1', from: 'api' }],
    ['heal worker-1', { kind: 'heal', node: 'worker-1' }],
    ['logs worker-1 -f -n 5', { kind: 'logs', node: 'worker-1', options: ['-f', '-n', '5'] }],
  ])('reads "%s"', (line, command) => {
    expect(parse(line)).toEqual(command);
  });

  it.each([
    ['start', 'unknown command "start"'],
    ['constructor', 'unknown command "constructor"'],
    ['up --worker 3', 'unknown option --worker'],
    ['up --workers', '--workers needs a value'],
    ['up --workers many', '--workers needs a number'],
    ['up now', 'unexpected "now"'],
    ['exec', 'exec needs the name of a node'],
    ['exec web-1 --', 'exec needs a command'],
    ['add node', 'the role must be one of worker, proxy, not "node"'],
    ['add worker Web_1', "not a node's name"],
    ['kill worker-1 -9', 'what to kill must be one of agent, dns, podman'],
    ['partition worker-1 --from here', '--from must be one of api, nodes, all'],
    ['reboot worker-1 worker-2', 'unexpected "worker-2"'],
  ])('refuses "%s"', (line, message) => {
    expect(() => parse(line)).toThrow(message);
  });
});
