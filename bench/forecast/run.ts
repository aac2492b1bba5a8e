/**
 * All measurements of forecasts and trends, on fewer series than the figures in
 * docs/concepts/forecasting.md rest on: `npm run bench -- forecast`.
 */
await import('./owa.ts');
await import('./short.ts');
await import('./trend.ts');

export {};
