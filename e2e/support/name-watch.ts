/** A name asked on a node ten times a second, as a client does that tries again after a second. */
import { execInNode } from '@techulus/lab';
import { nodeOf, sh } from './nodes.ts';

export interface NameWatch {
  readonly asked: number;
  /** Answered only when asked again. */
  readonly retried: number;
  /** Not answered then either. */
  readonly lost: readonly string[];
  readonly longestSeconds: number;
}

const script = `server=$1; name=$2; stop=$3
ask() { dig +short +time=1 +tries=1 @$server $name A 2>/dev/null | grep -E '^10\\.' | tr '\\n' ' '; }
now() { echo $(($(date +%s%N) / 1000000)); }
rm -f $stop
i=0
while [ $i -lt 1200 ] && [ ! -e $stop ]; do
  start=$(now); tries=1; answer=$(ask)
  if [ -z "$answer" ]; then
    tries=2
    while [ $(($(now) - start)) -lt 1000 ]; do sleep 0.02; done
    answer=$(ask)
  fi
  echo "$(date +%T.%N) $(($(now) - start)) $tries \${answer:-nothing}"
  i=$((i + 1)); sleep 0.08
done`;

let watches = 0;

export function askedEvery100ms(node: string, name: string): { stop(): Promise<NameWatch> } {
  const server = `10.200.${nodeOf(node).subnetId}.1`;
  watches += 1;
  const stopFile = `/run/e2e-name-watch-${watches}.stop`;
  const ended = execInNode(node, ['sh', '-c', script, 'name-watch', server, name, stopFile], { seconds: 300 });
  ended.catch(() => undefined);
  return {
    stop: async () => {
      await sh(node, `touch ${stopFile}`);
      const lines = (await ended).trim().split('\n').filter(Boolean);
      const milliseconds = lines.map((line) => Number(line.split(' ')[1]));
      return {
        asked: lines.length,
        retried: lines.filter((line) => line.split(' ')[2] === '2').length,
        lost: lines.filter((line) => line.endsWith('nothing')),
        longestSeconds: Math.max(0, ...milliseconds) / 1000,
      };
    },
  };
}
