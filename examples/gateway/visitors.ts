/**
 * People who use the gateway while nobody else does: they ask, rate answers, read and
 * change settings, and now and then a model server fails for a while. For demos.
 */

/** How often somebody does something. */
const STEP_MS = 250;
/** Of so many steps one lets a model server fail, for so long. */
const FAILURE_STEPS = 480;
const FAILURE_MS = 10_000;

const people = ['ann', 'bob', 'eve', 'carla', 'dimitri', 'mallory'];
const tasks = ['generation', 'extraction', 'summarization', 'classification'];

/** Those who were let in. */
export interface Visitors {
  stop(): Promise<void>;
}

/**
 * Lets them in.
 *
 * @param url of the gateway.
 * @param random numbers from 0 to 1.
 */
export function letVisitorsIn(url: string, random: () => number): Visitors {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const call = async (method: string, path: string, user: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { 'x-user': user },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return answer.json();
  };
  const ask = async (): Promise<void> => {
    const item = Math.floor(random() ** 3 * 200);
    const prompt = `what is the price of item ${item} in the shop and is it there`;
    const { id } = (await call('POST', '/ask', pick(people), {
      prompt,
      task_type: pick(tasks),
      application: 'shop',
      team: 'sales',
    })) as { readonly id?: string };
    if (id !== undefined && random() < 0.2)
      await call('POST', '/feedback', 'ann', { id, satisfaction: Math.round(random() * 100) / 100 });
  };
  const configure = async (): Promise<void> => {
    const name = `flag.${Math.floor(random() * 80)}`;
    if (random() < 0.2)
      await call('PUT', `/config/${name}`, pick(['ann', 'bob', 'eve']), { value: `${random()}` });
    else if (random() < 0.02) await call('DELETE', `/config/${name}`, 'ann');
    else if (random() < 0.005) await call('POST', '/keys/rotate', 'ann');
    else await call('GET', `/config/${name}`, pick(people));
  };
  const fail = async (): Promise<void> => {
    const { backends } = (await call('GET', '/health', 'ann')) as { backends: readonly { url: string }[] };
    const { url: backend } = pick(backends);
    await fetch(`${backend}/fail`, { method: 'POST' });
    setTimeout(
      () => void fetch(`${backend}/recover`, { method: 'POST' }).catch(() => undefined),
      FAILURE_MS,
    ).unref();
  };
  let running: Promise<unknown> = Promise.resolve();
  let steps = 0;
  const timer = setInterval(() => {
    steps += 1;
    const deeds = [ask(), configure(), ...(steps % FAILURE_STEPS === 0 ? [fail()] : [])];
    // What goes wrong is what the gateway records; nobody here needs the answer.
    running = Promise.all([running, Promise.allSettled(deeds)]);
  }, STEP_MS);
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
