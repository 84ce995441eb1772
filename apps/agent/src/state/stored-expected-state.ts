import { checkMessage, ExpectedStateAnswer } from '@techulus/contract';
import type { StoredExpectedState } from '../expected-store.ts';
import { objectOfSchema } from './state-file.ts';

export function parseStoredExpectedState(value: unknown): StoredExpectedState {
  const { answer } = objectOfSchema(value, 1);
  return { schema: 1, answer: checkMessage(ExpectedStateAnswer, answer) };
}
