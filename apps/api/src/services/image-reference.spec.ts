import { formatImage, isRegistryHost, parseImage } from './image-reference.ts';

const digest = `sha256:${'ab'.repeat(32)}`;

describe('image references', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx:latest'],
    ['nginx:1.27', 'docker.io/library/nginx:1.27'],
    ['team/app', 'docker.io/team/app:latest'],
    ['docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['index.docker.io/library/nginx', 'docker.io/library/nginx:latest'],
    ['localhost/app', 'localhost/app:latest'],
    ['127.0.0.1:5000/demo/web:v1', '127.0.0.1:5000/demo/web:v1'],
    ['registry.example.com/a/b_c/d--e:V.1-x', 'registry.example.com/a/b_c/d--e:V.1-x'],
    ['[2001:db8::1]:5000/app', '[2001:db8::1]:5000/app:latest'],
    ['Registry/app', 'Registry/app:latest'],
    [`registry.example.com/app@${digest}`, `registry.example.com/app@${digest}`],
    [`registry.example.com/app:v1@${digest}`, `registry.example.com/app@${digest}`],
  ])('%s is %s', (text, full) => {
    expect(formatImage(parseImage(text))).toBe(full);
  });

  it.each([
    '',
    'a'.repeat(513),
    'Nginx',
    'nginx:',
    'nginx:-x',
    `nginx:${'a'.repeat(129)}`,
    'nginx@sha256:short',
    'nginx@md5:d41d8cd98f00b204e9800998ecf8427e',
    `a@${digest}@${digest}`,
    'a//b',
    '/a',
    'a/',
    'a..b/c',
    'registry.example.com:99999/app',
    '-bad.example.com/app',
    'a b',
    'a/../b',
    'app___x',
    'https://registry.example.com/app',
    `r.example.com/${'a/'.repeat(130)}a`,
  ])('refuses %s', (text) => {
    expect(() => parseImage(text)).toThrow(expect.objectContaining({ code: 'image_invalid', field: 'image' }));
  });

  it('knows a registry host', () => {
    expect(['a', 'a:1', '10.0.0.1:5000', '[::1]:5000'].every(isRegistryHost)).toBe(true);
    expect(['', 'a/b', 'a:0', 'a:70000', 'a b', 'a..b', 'a\0'].some(isRegistryHost)).toBe(false);
  });
});
