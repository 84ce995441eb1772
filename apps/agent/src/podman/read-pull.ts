import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** Reads a pull's lines of JSON to the end; an `error` among them is thrown, although the status was 200. */
export async function readPull(stream: Readable): Promise<void> {
  let failure: string | null = null;
  let done = false;
  for await (const line of createInterface({ input: stream })) {
    if (line.trim() === '') continue;
    const { error, id } = JSON.parse(line) as { error?: string; id?: string };
    failure = error ?? failure;
    done ||= id !== undefined;
  }
  if (failure !== null) throw new Error(failure);
  if (!done) throw new Error('Podman ended the pull without a word');
}
