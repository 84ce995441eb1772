import { silentLog } from '../log.ts';
import { MemoryPodman } from '../testing/memory-podman.ts';
import { MemoryStore } from '../testing/memory-store.ts';
import { VirtualTime } from '../testing/virtual-time.ts';
import { ImageCollection, type StoredImages } from './image-collection.ts';

async function world() {
  const time = new VirtualTime();
  const podman = new MemoryPodman(time);
  for (const image of ['ours:1', 'ours:2', 'foreign:1']) podman.images.add(image);
  const file = new MemoryStore<StoredImages>();
  const collection = new ImageCollection({ podman, clock: time, file, log: silentLog });
  await collection.note('ours:1');
  await collection.note('ours:2');
  return { time, podman, collection };
}

describe('image collection', () => {
  it('removes what nothing has needed for an hour, and never what we did not bring', async () => {
    const { time, podman, collection } = await world();
    await collection.collect(new Set(['ours:2']), false);
    expect(podman.images.size).toBe(3);
    await time.advance(3_600_000);
    await collection.collect(new Set(['ours:2']), false);
    expect([...podman.images]).toEqual(['ours:2', 'foreign:1']);
  });

  it('does not wait under disk pressure', async () => {
    const { podman, collection } = await world();
    await collection.collect(new Set(['ours:2']), true);
    expect([...podman.images]).toEqual(['ours:2', 'foreign:1']);
  });

  it('tries again later what could not be removed', async () => {
    const { podman, collection } = await world();
    podman.failing.set('remove image', 'image is in use');
    await collection.collect(new Set(), true);
    podman.failing.clear();
    await collection.collect(new Set(), true);
    expect([...podman.images]).toEqual(['foreign:1']);
  });
});
