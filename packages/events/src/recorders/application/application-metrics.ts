/**
 * The recorders that an application embeds, pack by pack. Only the packs that are
 * asked for are exposed.
 */

import { LoadBalancerRecorder, type LoadBalancerOptions } from './balancer/load-balancer-recorder.ts';
import { LlmRecorder, type LlmRecorderOptions } from './llm-recorder.ts';
import { ModelServerRecorder } from './model-server-recorder.ts';
import { AuditRecorder, ConfigRecorder, RbacRecorder } from './platform/configuration-recorders.ts';
import {
  CacheRecorder,
  CryptoRecorder,
  HttpRecorder,
  StorageRecorder,
  showSystem,
  type SystemFigures,
} from './platform/service-recorders.ts';
import { openRecording, type Recording, type RecordingOptions } from './recording.ts';

/** What each pack brings. */
export interface PackRecorders {
  readonly llm: { readonly llm: LlmRecorder };
  readonly model_server: { readonly modelServer: ModelServerRecorder };
  readonly load_balancer: { readonly loadBalancer: LoadBalancerRecorder };
  readonly platform: PlatformRecorders;
}

/** The recorders of the platform pack. */
export interface PlatformRecorders {
  readonly config: ConfigRecorder;
  readonly cache: CacheRecorder;
  readonly rbac: RbacRecorder;
  readonly audit: AuditRecorder;
  readonly storage: StorageRecorder;
  readonly crypto: CryptoRecorder;
  readonly http: HttpRecorder;
}

/** The packs that an application can record. */
export type ApplicationPack = keyof PackRecorders;

/** The recorders of some packs together. */
export type ApplicationMetrics<P extends ApplicationPack> = Readonly<
  Pick<AllRecorders, Extract<KeysOf<P>, keyof AllRecorders>>
>;

type KeysOf<P extends ApplicationPack> = { [Q in P]: keyof PackRecorders[Q] }[P];

interface AllRecorders extends PlatformRecorders {
  readonly llm: LlmRecorder;
  readonly modelServer: ModelServerRecorder;
  readonly loadBalancer: LoadBalancerRecorder;
}

/** How the recorders are set up. */
export interface ApplicationMetricsOptions<P extends ApplicationPack> extends RecordingOptions {
  readonly packs: readonly P[];
  readonly llm?: LlmRecorderOptions;
  readonly loadBalancer?: LoadBalancerOptions;
  /** The environment that configuration operations belong to; `production` if left out. */
  readonly environment?: string;
  /** Reads what the process tells of itself; Node's own figures if left out. */
  readonly readSystem?: () => SystemFigures;
}

const nodeFigures = (): SystemFigures => ({
  uptimeSeconds: process.uptime(),
  memoryBytes: process.memoryUsage.rss(),
});

const makers: {
  readonly [P in ApplicationPack]: (
    recording: Recording,
    options: ApplicationMetricsOptions<ApplicationPack>,
  ) => PackRecorders[P];
} = {
  llm: (recording, { llm }) => ({ llm: new LlmRecorder(recording, llm) }),
  model_server: (recording) => ({ modelServer: new ModelServerRecorder(recording) }),
  load_balancer: (recording, { loadBalancer }) => ({
    loadBalancer: new LoadBalancerRecorder(recording, loadBalancer),
  }),
  platform: (recording, { environment = 'production', readSystem = nodeFigures }) => {
    showSystem(recording, readSystem);
    return {
      config: new ConfigRecorder(recording, environment),
      cache: new CacheRecorder(recording),
      rbac: new RbacRecorder(recording),
      audit: new AuditRecorder(recording),
      storage: new StorageRecorder(recording),
      crypto: new CryptoRecorder(recording),
      http: new HttpRecorder(recording),
    };
  },
};

/**
 * Makes the recorders of some packs. Throws if the registry has their families
 * already; recording never throws.
 *
 * @example
 * const metrics = applicationMetrics({ packs: ['llm', 'platform'] });
 * metrics.llm.trackLlmRequest({
 *   provider: 'openai', task_type: 'extraction', model: 'gpt-4o',
 *   latency_ms: 840, input_tokens: 1200, output_tokens: 80, cost_usd: 0.0038,
 * });
 * metrics.cache.recordHit('l1');
 */
export function applicationMetrics<const P extends ApplicationPack>(
  options: ApplicationMetricsOptions<P>,
): ApplicationMetrics<P> {
  const recording = openRecording(options);
  const parts = options.packs.map((pack) => makers[pack](recording, options));
  return Object.assign({}, ...parts) as ApplicationMetrics<P>;
}
