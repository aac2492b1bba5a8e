/**
 * All measurements of forecasts and trends, on fewer series than the figures in
 * docs/concepts/forecasting.md rest on: `npm run bench -- forecast`.
 */
import './owa.ts';
import './short.ts';
import './trend.ts';
