/**
 * Which price list a provider's name means. Events keep the name as it was sent;
 * libraries spell the same provider in many ways (OpenTelemetry's `aws.bedrock`,
 * OpenInference's `aws`, the Vercel AI SDK's `amazon-bedrock`), and all of them
 * are one list here. A name that is not known has no prices: guessing by a part of
 * it would charge a proxy's traffic at somebody else's rates.
 */

/** The names of each price list, as they are after {@link compact}. */
const namesByList: Readonly<Record<string, readonly string[]>> = {
  alibaba: [
    'alibaba',
    'alibabacloud',
    'alibababailian',
    'aliyun',
    'bailian',
    'dashscope',
    'qwen',
    'tongyi',
    'modelstudio',
  ],
  anthropic: ['anthropic', 'claude', 'anthropicai'],
  arcee: ['arcee', 'arceeai'],
  avian: ['avian', 'avianio'],
  aws: ['aws', 'awsbedrock', 'bedrock', 'amazon', 'amazonbedrock', 'bedrockconverse', 'amazonaws'],
  azure: [
    'azure',
    'azureopenai',
    'azureaiopenai',
    'azureaiinference',
    'azureai',
    'azureaifoundry',
    'azureaistudio',
    'microsoftfoundry',
    'microsoftazure',
    'azureopenairesponses',
    'foundry',
  ],
  baseten: ['baseten'],
  cerebras: ['cerebras', 'cerebrasai'],
  cloudflare: ['cloudflare', 'workersai', 'cloudflareworkersai'],
  cohere: ['cohere', 'coherechat', 'cohereai'],
  cursor: ['cursor'],
  deepseek: ['deepseek', 'deepseekai'],
  doubleword: ['doubleword'],
  fireworks: ['fireworks', 'fireworksai'],
  'github-copilot': ['githubcopilot', 'copilot'],
  google: [
    'google',
    'googleai',
    'googleaistudio',
    'googlegenai',
    'googlegenerativeai',
    'googlevertex',
    'googlevertexai',
    'googlecloud',
    'gcp',
    'gcpgemini',
    'gcpvertexai',
    'gcpgenai',
    'gemini',
    'vertex',
    'vertexai',
    'vertexaibeta',
    'googlegla',
    'vertexanthropic',
    'googlevertexanthropic',
    'vertexaianthropic',
  ],
  groq: ['groq', 'groqcloud'],
  huggingface_cerebras: ['huggingfacecerebras'],
  'huggingface_fireworks-ai': ['huggingfacefireworksai', 'huggingfacefireworks'],
  huggingface_groq: ['huggingfacegroq'],
  huggingface_hyperbolic: ['huggingfacehyperbolic'],
  huggingface_nebius: ['huggingfacenebius'],
  huggingface_novita: ['huggingfacenovita'],
  huggingface_nscale: ['huggingfacenscale'],
  huggingface_ovhcloud: ['huggingfaceovhcloud'],
  huggingface_publicai: ['huggingfacepublicai'],
  huggingface_sambanova: ['huggingfacesambanova'],
  huggingface_together: ['huggingfacetogether'],
  minimax: ['minimax', 'minimaxai'],
  mistral: ['mistral', 'mistralai'],
  modal: ['modal'],
  moonshotai: ['moonshot', 'moonshotai', 'kimi'],
  novita: ['novita', 'novitaai'],
  openai: ['openai', 'textcompletionopenai', 'openairesponses', 'openaichat'],
  openrouter: ['openrouter', 'openrouterai'],
  ovhcloud: ['ovhcloud', 'ovh', 'ovhai'],
  perplexity: ['perplexity', 'perplexityai', 'pplx'],
  quicksilverpro: ['quicksilverpro'],
  together: ['together', 'togetherai', 'togethercomputer'],
  typesafe: ['typesafe'],
  voyageai: ['voyage', 'voyageai'],
  'x-ai': ['xai', 'grok'],
  zai: ['zai'],
  zhipuai: ['zhipu', 'zhipuai', 'bigmodel'],
};

const listByName: ReadonlyMap<string, string> = new Map(
  Object.entries(namesByList).flatMap(([list, names]) =>
    [list, ...names].map((name) => [compact(name), list]),
  ),
);

/** What the Vercel AI SDK appends to a provider's name: the kind of endpoint. */
const ENDPOINT_SUFFIX =
  /[.](?:chat|responses|completion|completions|messages|embedding|embeddings|image|images|speech|transcription|rerank|textEmbedding|text-embedding)$/i;

/**
 * The price list that a provider's name means.
 *
 * @returns the list's id, or `null` if the name is not known.
 * @example priceListOf('aws.bedrock') // 'aws'
 * @example priceListOf('openai.responses') // 'openai'
 */
export function priceListOf(provider: string): string | null {
  return (
    listByName.get(compact(provider)) ??
    listByName.get(compact(provider.trim().replace(ENDPOINT_SUFFIX, ''))) ??
    null
  );
}

/** A name without case and punctuation, so that `x_ai`, `x-ai` and `xAI` are one. */
function compact(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
