/**
 * Holds FOCUS rows against the rules of the specification: the values that a column
 * permits, which columns may be empty and when, and that quantities, unit prices and
 * costs agree. Tests run it over everything that is exported.
 */

import { parseUsd } from '@bellwether/events';
import { type FocusColumn, focusColumns, type FocusName, focusNames, type FocusRow } from './columns.ts';

const DECIMAL = /^\d+(?:\.\d+)?$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const UNIT = /^(?:\d+ )?[A-Za-z][A-Za-z -]*$/;
/** Half a pico-dollar: by so much the charge of one request is rounded. */
const ROUNDING_PICO_USD = 0.5;

/** What is wrong with a row, as sentences; empty if nothing is. */
export function checkFocusRow(row: FocusRow): string[] {
  const names = Object.keys(row);
  const problems = focusNames.flatMap((name) => checkValue(name, row[name]));
  if (names.join() !== focusNames.join())
    problems.push('The columns are not those of the table, in its order.');
  const firstOwn = names.findIndex((name) => name.startsWith('x_'));
  if (names.slice(firstOwn).some((name) => !name.startsWith('x_')))
    problems.push('Own columns are not last.');
  return [...problems, ...checkPeriods(row), ...checkCharge(row)];
}

function checkValue(name: FocusName, value: string | null): string[] {
  const { type, nullable, allowed }: FocusColumn = focusColumns[name];
  if (value === undefined) return [`${name} is missing.`];
  if (value === null) return nullable ? [] : [`${name} may not be null.`];
  if (value === '') return [`${name} is empty where it has to be null.`];
  if (allowed !== undefined && !allowed.includes(value)) return [`${name} may not be ${value}.`];
  if (type === 'decimal' && !DECIMAL.test(value)) return [`${name} is no plain decimal: ${value}.`];
  if (type === 'instant' && !INSTANT.test(value)) return [`${name} is not ISO 8601 in UTC: ${value}.`];
  if (type === 'object' && !isObject(value)) return [`${name} is no JSON object: ${value}.`];
  return [];
}

function checkPeriods(row: FocusRow): string[] {
  const [start, end] = [row.ChargePeriodStart ?? '', row.ChargePeriodEnd ?? ''];
  const [from, to] = [row.BillingPeriodStart ?? '', row.BillingPeriodEnd ?? ''];
  if (!(start < end)) return ['The charge period ends before it begins.'];
  return from <= start && end <= to ? [] : ['The charge period is outside of its billing period.'];
}

function checkCharge(row: FocusRow): string[] {
  const problems: string[] = [];
  for (const name of ['ConsumedUnit', 'PricingUnit'] as const)
    if (!UNIT.test(row[name] ?? '')) problems.push(`${name} is no unit: ${row[name]}.`);
  if (row.SubAccountId === null && row.SubAccountName !== null)
    problems.push('SubAccountName goes with SubAccountId.');
  for (const [price, cost] of [
    ['ListUnitPrice', 'ListCost'],
    ['ContractedUnitPrice', 'ContractedCost'],
  ] as const) {
    const product = Number(row[price]) * Number(row.PricingQuantity) * 1e12;
    const charged = Number(parseUsd(row[cost] ?? '') ?? 0n);
    // Each request is rounded to the pico-dollar, and the product here is a double.
    const tolerance = Number(row.x_Requests) * ROUNDING_PICO_USD + Math.abs(charged) * 1e-12;
    if (Math.abs(product - charged) > tolerance)
      problems.push(`${price} times PricingQuantity is not ${cost}: ${product} and ${charged}.`);
  }
  return problems;
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
