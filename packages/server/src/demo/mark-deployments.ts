/** Marks the deployments of the demo's month, as a pipeline would have. */

import type { StoryFact } from './story.ts';

/**
 * Marks every deployment of a story at its time. A marker that is there from an earlier demo stays as it is.
 *
 * @throws Error if the server refuses one or cannot be reached.
 */
export async function markDeployments(url: string, story: readonly StoryFact[]): Promise<void> {
  for (const { id, startMs, dimensions, effect, summary } of story) {
    const { application = '' } = dimensions;
    const { deployment } = effect;
    if (deployment === undefined) continue;
    const at = new Date(startMs).toISOString();
    const response = await fetch(`${url}/api/v1/deployments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        // The story moves with the day on which the demo starts.
        id: `${id}-${at.slice(0, 10)}`,
        service: application,
        version: deployment.slice(application.length + 1),
        at,
        annotations: { summary },
      }),
    });
    if (!response.ok) throw new Error(`the deployment ${id} cannot be marked: ${await response.text()}`);
  }
}
