/**
 * The columns of a FOCUS 1.4 Cost and Usage row as far as a ledger of requests can
 * fill them, in the order of the file: the specification's own columns, then ours,
 * which begin with `x_`. The checker holds rows against this table.
 *
 * Source: FinOps Open Cost and Usage Specification 1.4, Cost and Usage dataset.
 * ProviderName and PublisherName, which 1.4 removed, are not among them.
 */

/** How the values of a column are written. */
export type FocusType =
  | 'text'
  /** Decimal digits, without an exponent. */
  | 'decimal'
  /** ISO 8601 in UTC, ending in Z. */
  | 'instant'
  /** A JSON object as text. */
  | 'object';

/** What holds for the values of a column. */
export interface FocusColumn {
  readonly type: FocusType;
  readonly nullable: boolean;
  /** The values that are permitted, where the specification lists them. */
  readonly allowed?: readonly string[];
}

const text: FocusColumn = { type: 'text', nullable: false };
const optionalText: FocusColumn = { type: 'text', nullable: true };
const decimal: FocusColumn = { type: 'decimal', nullable: false };
const instant: FocusColumn = { type: 'instant', nullable: false };
const object: FocusColumn = { type: 'object', nullable: true };
const oneOf = (...allowed: readonly string[]): FocusColumn => ({ type: 'text', nullable: false, allowed });

export const focusColumns = {
  BilledCost: decimal,
  BillingAccountId: text,
  BillingAccountName: optionalText,
  BillingCurrency: oneOf('USD'),
  BillingPeriodEnd: instant,
  BillingPeriodStart: instant,
  ChargeCategory: oneOf('Usage', 'Purchase', 'Tax', 'Credit', 'Adjustment'),
  ChargeClass: { type: 'text', nullable: true, allowed: ['Correction'] },
  ChargeDescription: optionalText,
  ChargeFrequency: oneOf('One-Time', 'Recurring', 'Usage-Based'),
  ChargePeriodEnd: instant,
  ChargePeriodStart: instant,
  ConsumedQuantity: decimal,
  ConsumedUnit: text,
  ContractedCost: decimal,
  ContractedUnitPrice: decimal,
  EffectiveCost: decimal,
  HostProviderName: text,
  InvoiceIssuerName: text,
  ListCost: decimal,
  ListUnitPrice: decimal,
  PricingCategory: oneOf('Standard', 'Dynamic', 'Committed', 'Other'),
  PricingQuantity: decimal,
  PricingUnit: text,
  RegionId: optionalText,
  ServiceCategory: oneOf('AI and Machine Learning'),
  ServiceName: text,
  ServiceProviderName: text,
  ServiceSubcategory: oneOf('Generative AI'),
  SkuId: text,
  SkuMeter: text,
  SkuPriceDetails: object,
  SkuPriceId: text,
  SubAccountId: optionalText,
  SubAccountName: optionalText,
  Tags: object,
  x_Application: optionalText,
  x_Backend: optionalText,
  x_Breakdown: oneOf('meters', 'given', 'whole'),
  x_Environment: optionalText,
  x_Model: text,
  x_PriceId: optionalText,
  x_PriceSource: text,
  x_PriceVersion: optionalText,
  x_Requests: decimal,
  x_ServiceTier: optionalText,
  x_Team: optionalText,
  x_TokenType: text,
} as const satisfies Readonly<Record<string, FocusColumn>>;

/** The name of a column. */
export type FocusName = keyof typeof focusColumns;

/** The columns in the order of the file. */
export const focusNames = Object.keys(focusColumns) as FocusName[];

/** A row: every column, as text; null where there is nothing. */
export type FocusRow = Readonly<Record<FocusName, string | null>>;

/** The version of the specification that the rows follow. */
export const FOCUS_VERSION = '1.4';
