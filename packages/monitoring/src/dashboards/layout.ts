/** Where panels stand: from left to right, section by section, on a grid that is 24 wide. */

import type { PanelDeclaration, PanelKind, PanelSection } from './board.ts';

/** A place on Grafana's grid. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** A heading or a panel, with its place. */
export type Placed =
  | { readonly row: string; readonly place: Place }
  | { readonly panel: PanelDeclaration; readonly place: Place };

const GRID_WIDTH = 24;

const heights: Readonly<Record<PanelKind, number>> = {
  timeseries: 8,
  stat: 4,
  gauge: 8,
  piechart: 8,
  bargauge: 8,
  table: 9,
};

/** Gives each its place. A line of panels is as high as its highest one. */
export function placed(sections: readonly PanelSection[]): Placed[] {
  let y = 0;
  return sections.flatMap(({ title, panels }) => {
    const row = { row: title, place: { x: 0, y, w: GRID_WIDTH, h: 1 } };
    y += 1;
    let [x, lineHeight] = [0, 0];
    const inRow = panels.map((panel) => {
      const h = panel.height ?? heights[panel.kind];
      if (x + panel.width > GRID_WIDTH) {
        y += lineHeight;
        [x, lineHeight] = [0, 0];
      }
      const place = { x, y, w: panel.width, h };
      x += panel.width;
      lineHeight = Math.max(lineHeight, h);
      return { panel, place };
    });
    y += lineHeight;
    return [row, ...inRow];
  });
}
