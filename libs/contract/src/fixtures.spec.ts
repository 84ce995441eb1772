import { readdirSync, readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { sectionHash } from './canonical.ts';
import { ExpectedStateAnswer } from './expected-state.ts';
import { checkMessage, InvalidMessage, parseMessage } from './parse.ts';
import { Problem } from './problem.ts';
import { RegistrationAnswer, RegistrationRequest } from './registration.ts';
import { StatusAnswer, StatusReport } from './status.ts';

const FOLDER = new URL('../fixtures/v1/', import.meta.url);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const read = (name: string): object => JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8')) as object;

const MESSAGES = {
  'expected-state': ExpectedStateAnswer,
  problem: Problem,
  'registration-answer': RegistrationAnswer,
  'registration-request': RegistrationRequest,
  'status-answer': StatusAnswer,
  'status-report': StatusReport,
} as const;

describe('the wire of the first release', () => {
  it('has a fixture for every message', () => {
    expect(
      readdirSync(FOLDER)
        .map((file) => file.replace('.json', ''))
        .toSorted(),
    ).toEqual(Object.keys(MESSAGES).toSorted());
  });

  it.each(Object.entries(MESSAGES))('%s is still read, field by field', (name, type) => {
    const message = read(name);
    expect(JSON.parse(JSON.stringify(parseMessage<object>(type, message, 'strict')))).toEqual(message);
  });

  it('hashes a section as it did', () => {
    const { sections } = parseMessage(ExpectedStateAnswer, read('expected-state'), 'strict');
    for (const delta of [sections.containers, sections.dns, sections.traefik, sections.wireguard]) {
      expect(sectionHash(delta?.parts ?? [], sha256)).toBe(delta?.hash);
    }
  });

  it('keeps a field of a newer release in what is hashed', () => {
    const message = read('expected-state') as ExpectedStateAnswer;
    const parts = message.sections.dns?.parts as (object & { key: string })[];
    Object.assign(parts[0] ?? {}, { weight: 7 });
    const hash = sectionHash(parts, sha256);
    expect(
      sectionHash(checkMessage(ExpectedStateAnswer, structuredClone(message)).sections.dns?.parts ?? [], sha256),
    ).toBe(hash);
    Object.assign(parts[0] ?? {}, { addresses: 'none' });
    expect(() => checkMessage(ExpectedStateAnswer, message)).toThrow(/addresses/);
  });

  it('refuses an unknown field from a caller, naming it, and drops one of a newer peer', () => {
    const message = { ...read('status-answer'), colour: 'red' };
    expect(() => parseMessage(StatusAnswer, message, 'strict')).toThrow(InvalidMessage);
    expect(() => parseMessage(StatusAnswer, message, 'strict')).toThrow(/colour/);
    expect(parseMessage(StatusAnswer, message, 'tolerant')).toEqual({ resend: ['dns'] });
  });

  it.each([
    ['a wrong type', { resend: 'dns' }],
    ['an unknown section', { resend: ['colour'] }],
    ['nothing', null],
    ['a list', []],
    ['a text', 'dns'],
  ])('refuses %s', (_what, value) => {
    expect(() => parseMessage(StatusAnswer, value, 'strict')).toThrow(InvalidMessage);
  });

  it.each([
    '{"resend":[],"constructor":{"x":1}}',
    '{"resend":{"constructor":1}}',
    '{"__proto__":{"resend":["dns"]}}',
    '{"resend":["constructor"]}',
  ])('says what is wrong, or takes nothing from it, when a key is one that objects have themselves: %s', (text) => {
    const parsed = ((): unknown => {
      try {
        return parseMessage(StatusAnswer, JSON.parse(text), 'tolerant');
      } catch (error) {
        return error;
      }
    })();
    expect(parsed instanceof InvalidMessage || JSON.stringify(parsed) === '{"resend":[]}').toBe(true);
  });

  it('refuses a nested field with its path', () => {
    const message = read('status-report') as StatusReport;
    message.containers[0]!.restarts = -1;
    expect(() => parseMessage(StatusReport, message, 'strict')).toThrow(
      expect.objectContaining({ fields: [expect.objectContaining({ field: 'containers.0.restarts' })] }),
    );
  });
});
