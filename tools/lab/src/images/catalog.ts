/**
 * The images of the demo and of the tests: busybox and a few lines of shell each. PID 1 is a shell that traps SIGTERM,
 * because busybox's own servers ignore it as PID 1.
 */
import { readFileSync } from 'node:fs';
import { buildImage, type Image, type ImageRecipe } from './oci-image.ts';
import type { TarEntry } from './tar.ts';

const applets = [
  ...[
    'sh',
    'ash',
    'cat',
    'cut',
    'date',
    'echo',
    'env',
    'expr',
    'rmdir',
    'grep',
    'head',
    'hostname',
    'httpd',
    'id',
    'ip',
  ],
  ...[
    'kill',
    'ls',
    'mkdir',
    'mv',
    'nc',
    'nslookup',
    'ping',
    'printf',
    'ps',
    'rm',
    'sed',
    'seq',
    'sleep',
    'sort',
    'tail',
  ],
  ...[
    'tr',
    'true',
    'false',
    'timeout',
    'uname',
    'wget',
    'wc',
    'dd',
    'stat',
    'touch',
    'tee',
    'test',
    'awk',
    'base64',
    'md5sum',
    'sha256sum',
  ],
];

const folder = (path: string, mode = 0o755): TarEntry => ({ path: `${path}/`, mode });
const script = (path: string, content: string): TarEntry => ({ path, mode: 0o755, content });

/** One layer that all images share, so a node fetches busybox once. */
function system(busybox: Uint8Array): TarEntry[] {
  return [
    ...['bin', 'dev', 'etc', 'proc', 'root', 'run', 'sys', 'www', 'www/cgi-bin'].map((path) => folder(path)),
    folder('tmp', 0o1777),
    { path: 'bin/busybox', mode: 0o755, content: busybox },
    ...applets.map((name) => ({ path: `bin/${name}`, mode: 0o777, linkTo: 'busybox' })),
    { path: 'etc/passwd', mode: 0o644, content: 'root:x:0:0:root:/root:/bin/sh\n' },
    { path: 'etc/nsswitch.conf', mode: 0o644, content: 'hosts: files dns\n' },
    { path: 'etc/group', mode: 0o644, content: 'root:x:0:\n' },
  ];
}

/** What a container knows about itself, as JSON members; `env` leaves out what the shell and the web server add. */
const about = `quote() { printf '"%s"' "$(printf %s "$1" | sed 's/\\\\/\\\\\\\\/g; s/"/\\\\"/g' | tr '\\n\\t' '  ')"; }
address() { ip -4 -o addr show dev eth0 2>/dev/null | sed -n 's/.* inet \\([0-9.]*\\).*/\\1/p' | head -n 1; }
variables() {
  first=yes
  env | grep -E '^[A-Za-z_][A-Za-z0-9_]*=' | sort | grep -vE '^(PATH|HOME|PWD|SHLVL|TERM|HOSTNAME|container|OLDPWD|_)=' | while IFS= read -r line; do
    [ $first = yes ] || printf ', '
    first=no; quote "\${line%%=*}"; printf ': '; quote "\${line#*=}"
  done
}
`;

/** A reply in progress may end: PID 1 stops listening at once, and leaves when no worker is left, or after 8 s. */
const serve = `#!/bin/sh
. /bin/about.sh
mkdir -p /run/app
variables > /run/app/variables
echo "$SERVICE version $VERSION: listening on port 8080 as $(hostname) ($(address))"
httpd -f -p 8080 -h /www & server=$!
leave() {
  echo "$SERVICE: stopping"; trap '' TERM INT; kill $server; wait $server
  for i in $(seq 80); do ps | grep -q '[h]ttpd -f' || break; sleep 0.1; done
  exit 0
}
trap leave TERM INT
while kill -0 $server 2>/dev/null; do wait $server; done
echo "$SERVICE: the web server ended"; exit 1
`;

const head = `#!/bin/sh
. /bin/about.sh
printf 'Content-Type: application/json\\r\\nCache-Control: no-store\\r\\n\\r\\n'
`;

const webPage = `${head}data=$(timeout 2 wget -q -O - "\${DATA_URL:-http://data.internal:8080/}" 2>/tmp/why.$$) || data=null
printf '{"service": "web", "version": '; quote "$VERSION"
printf ', "hostname": '; quote "$(hostname)"
printf ', "address": '; quote "$(address)"
printf ', "env": {'; cat /run/app/variables
printf '}, "data": %s' "\${data:-null}"
[ "$data" != null ] || { printf ', "dataError": '; why=$(cat /tmp/why.$$); quote "\${why:-no answer within 2 s}"; }
rm -f /tmp/why.$$
printf '}\\n'
`;

/** Answers after as many seconds as the query says: a reply that an update must not cut. */
const slowPage = `${head}sleep "\${QUERY_STRING:-5}"
printf '{"service": "%s", "version": "%s", "slept": "%s"}\\n' "$SERVICE" "$VERSION" "\${QUERY_STRING:-5}"
`;

/** Counts one visit at a time: Debian's busybox has no flock, and making a folder is as atomic. */
const dataPage = `${head}until mkdir /run/app/lock 2>/dev/null; do sleep 0.01; done
visits=$(($(cat /run/app/visits 2>/dev/null || echo 0) + 1))
echo $visits > /run/app/visits
rmdir /run/app/lock
printf '{"service": "data", "version": '; quote "$VERSION"
printf ', "hostname": '; quote "$(hostname)"
printf ', "address": '; quote "$(address)"
printf ', "visits": %s}\\n' "$visits"
`;

/** GET /cgi-bin/value?key and POST /cgi-bin/value?key (the body is the value). */
const valuePage = `#!/bin/sh
key=$(printf %s "$QUERY_STRING" | tr -cd 'a-zA-Z0-9._-')
mkdir -p /run/app/values
if [ "$REQUEST_METHOD" = POST ]; then
  head -c "\${CONTENT_LENGTH:-0}" > "/run/app/values/.$$" && mv "/run/app/values/.$$" "/run/app/values/$key"
fi
if [ -z "$key" ] || [ ! -e "/run/app/values/$key" ]; then printf 'Status: 404 Not Found\\r\\n\\r\\nno such key\\n'; exit; fi
printf 'Content-Type: text/plain\\r\\n\\r\\n'; cat "/run/app/values/$key"
`;

const health: TarEntry = { path: 'www/healthz', mode: 0o644, content: 'ok\n' };
const server = [script('bin/about.sh', about), script('bin/serve', serve), health];

function web(version: string): Omit<ImageRecipe, 'layers'> & { files: TarEntry[] } {
  const pages = [script('www/cgi-bin/index.cgi', webPage), script('www/cgi-bin/slow', slowPage)];
  return {
    name: `demo/web:${version}`,
    files: [...server, ...pages],
    command: ['/bin/serve'],
    env: { SERVICE: 'web', VERSION: version },
  };
}

function test(name: string, content: string): Omit<ImageRecipe, 'layers'> & { files: TarEntry[] } {
  return {
    name: `test/${name}:1`,
    files: [...server, script('bin/start', content)],
    command: ['/bin/start'],
    env: { SERVICE: name, VERSION: '1' },
  };
}

const recipes = [
  web('1'),
  web('2'),
  {
    name: 'demo/data:1',
    files: [...server, script('www/cgi-bin/index.cgi', dataPage), script('www/cgi-bin/value', valuePage)],
    command: ['/bin/serve'],
    env: { SERVICE: 'data', VERSION: '1' },
  },
  test(
    'exits',
    '#!/bin/sh\necho "reading the configuration"\necho "the configuration is missing" >&2\necho "giving up"\nexit 3\n',
  ),
  test(
    'unhealthy',
    '#!/bin/sh\ntrap "exit 0" TERM INT\necho "up, but listening on nothing"\nwhile true; do sleep 3600 & wait $!; done\n',
  ),
  test(
    'slow-stop',
    '#!/bin/sh\ntrap "echo SIGTERM is ignored" TERM\necho "listening on port 8080"\nhttpd -f -p 8080 -h /www & server=$!\nwhile kill -0 $server; do wait $server; done\n',
  ),
];

export function demoImagesFrom(busybox: Uint8Array): Image[] {
  const base = system(busybox);
  return recipes.map(({ files, ...recipe }) => buildImage({ ...recipe, layers: [base, files] }));
}

export function demoImages(busyboxFile: string): Image[] {
  return demoImagesFrom(readFileSync(busyboxFile));
}
