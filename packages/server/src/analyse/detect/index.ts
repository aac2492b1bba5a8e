/** Streaming anomaly detection on one series. */

export {
  createDetector,
  type Detection,
  type Detector,
  type DetectorOptions,
  type DetectorState,
  THRESHOLD_DEFAULT,
} from './detector.ts';
export type { AnomalyKind } from './kinds.ts';
export { decadesOfScore, scoreOfDecades } from './score.ts';
