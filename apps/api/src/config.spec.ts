import { readConfig } from './config.ts';

describe('the configuration', () => {
  it('has a default for everything', () => {
    const config = readConfig({});
    expect(config).toMatchObject({
      listen: [{ host: '127.0.0.1', port: 7480 }],
      urls: ['http://127.0.0.1:7480'],
      databaseUrl: undefined,
    });
    expect(config.stateDirectory).toMatch(/\/\.state$/);
  });

  it('takes lists, IPv6 and URLs with a slash at the end', () => {
    const config = readConfig({
      TECHULUS_LISTEN: '[::1]:1, 192.0.2.1:7480',
      TECHULUS_URL: 'https://a.example/,http://192.0.2.1:7480',
    });
    expect(config.listen).toEqual([
      { host: '::1', port: 1 },
      { host: '192.0.2.1', port: 7480 },
    ]);
    expect(config.urls).toEqual(['https://a.example', 'http://192.0.2.1:7480']);
  });

  it.each([
    [{ TECHULUS_LISTEN: '7480' }, 'TECHULUS_LISTEN'],
    [{ TECHULUS_LISTEN: 'a:99999' }, 'TECHULUS_LISTEN'],
    [{ TECHULUS_LISTEN: '0.0.0.0:7480' }, 'TECHULUS_URL'],
    [{ TECHULUS_URL: 'ftp://x' }, 'TECHULUS_URL'],
  ])('says which variable is wrong: %j', (environment, variable) => {
    expect(() => readConfig(environment)).toThrow(variable);
  });
});
