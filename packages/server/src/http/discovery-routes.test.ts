import { expect, it } from 'vitest';
import { targetGroups } from './discovery-routes.ts';

it('puts targets of one scheme and path together', () => {
  expect(
    targetGroups([
      'http://a:8080',
      'https://b',
      'http://c/metrics',
      'http://[::1]:8081/actuator/prometheus',
      'http://d:8080/',
    ]),
  ).toEqual([
    {
      targets: ['a:8080', 'c:80', 'd:8080'],
      labels: { __scheme__: 'http', __metrics_path__: '/metrics' },
    },
    { targets: ['b:443'], labels: { __scheme__: 'https', __metrics_path__: '/metrics' } },
    {
      targets: ['[::1]:8081'],
      labels: { __scheme__: 'http', __metrics_path__: '/actuator/prometheus' },
    },
  ]);
});

it('names nothing where there is nothing', () => {
  expect(targetGroups([])).toEqual([]);
});
