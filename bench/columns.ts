/** A column of the generated tables: its source type, the PostgreSQL type it is loaded as, and how its values look in a DAT file. */
export interface Column {
  readonly name: string;
  readonly sourceType: string;
  readonly type: string;
  /** One value as text, unquoted, or undefined for NULL. */
  readonly value: (random: Random) => string | undefined;
}

/** A whole number from 0 up to, but not including, the bound. */
export type Random = (bound: number) => number;

/** mulberry32: the same numbers for the same seed on every machine. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * bound);
  };
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
export const CITIES = [
  'Zürich',
  'Genève',
  'Den Haag',
  'København',
  'São Paulo',
  'New York',
  'Køge',
  'Málaga',
  'Singapore',
  'Leeds',
] as const;
export const WORDS =
  'lorem ipsum dolor sit amet café naïve über garçon piñata order delivered late twice by hand see invoice'.split(' ');
const STATUSES = ['open', 'paid', 'shipped', 'returned', 'cancelled'] as const;

export const pick = <Value>(random: Random, values: readonly Value[]): Value => values[random(values.length)] as Value;

/** As MSSQL prints a datetime by default: day and hour are padded with a blank. */
function dateTime(random: Random): string {
  const day = String(1 + random(28)).padStart(2);
  const hour = String(1 + random(12)).padStart(2);
  const minute = String(random(60)).padStart(2, '0');
  return `${pick(random, MONTHS)} ${day} ${2000 + random(24)} ${hour}:${minute}${pick(random, ['AM', 'PM'])}`;
}

export const digits = (random: Random, count: number) => String(random(10 ** count)).padStart(count, '0');
const hexadecimal = (random: Random, count: number) =>
  Array.from({ length: count }, () => random(16).toString(16)).join('');

/** Free text; a few values contain the delimiter, the quote or a line end, as in real dumps. */
function note(random: Random): string | undefined {
  const text = Array.from({ length: random(9) }, () => pick(random, WORDS)).join(' ');
  return random(4) === 0 ? undefined : text + pick(random, [...Array<string>(37).fill(''), ' a|b', ' `so`', '\nP.S.']);
}

export const int = (name: string, bound: number): Column => ({
  name,
  sourceType: 'int',
  type: 'integer',
  value: (random) => String(random(bound)),
});
export const text = (name: string, value: Column['value']): Column => ({
  name,
  sourceType: 'varchar',
  type: 'text',
  value,
});
const instant = (name: string, nulls: boolean): Column => ({
  name,
  sourceType: 'datetime',
  type: 'timestamp(3) without time zone',
  value: (random) => (nulls && random(3) === 0 ? undefined : dateTime(random)),
});

export const COLUMNS = {
  order_id: int('order_id', 2 ** 31),
  customer_id: int('customer_id', 900_000),
  product_id: {
    name: 'product_id',
    sourceType: 'bigint',
    type: 'bigint',
    value: (random) => `4000${digits(random, 9)}`,
  },
  quantity: { name: 'quantity', sourceType: 'smallint', type: 'smallint', value: (random) => String(1 + random(40)) },
  unit_price: {
    name: 'unit_price',
    sourceType: 'decimal(12,2)',
    type: 'numeric(12,2)',
    value: (random) => `${random(5000)}.${digits(random, 2)}`,
  },
  discount: {
    name: 'discount',
    sourceType: 'decimal(5,4)',
    type: 'numeric(5,4)',
    value: (random) => (random(3) > 0 ? undefined : `0.${digits(random, 4)}`),
  },
  amount: {
    name: 'amount',
    sourceType: 'money',
    type: 'numeric(19,4)',
    value: (random) => `${random(90_000)}.${digits(random, 4)}`,
  },
  weight: {
    name: 'weight',
    sourceType: 'float',
    type: 'double precision',
    value: (random) => `${random(30)}.${digits(random, 5)}`,
  },
  is_paid: { name: 'is_paid', sourceType: 'bit', type: 'boolean', value: (random) => String(random(2)) },
  created_at: instant('created_at', false),
  shipped_at: instant('shipped_at', true),
  status: text('status', (random) => pick(random, STATUSES)),
  country: text('country', (random) => pick(random, ['CH', 'NL', 'DK', 'BR', 'US', 'GB', 'SG'])),
  city: text('city', (random) => pick(random, CITIES)),
  email: text('email', (random) => `user${random(900_000)}@example.org`),
  first_name: text('first_name', (random) => pick(random, WORDS)),
  last_name: text('last_name', (random) => `${pick(random, WORDS)}son`),
  note: text('note', note),
  reference: {
    name: 'reference',
    sourceType: 'uniqueidentifier',
    type: 'uuid',
    value: (random) => [8, 4, 4, 4, 12].map((length) => hexadecimal(random, length)).join('-'),
  },
  instancecode: text('instancecode', (random) => `i${random(9)}`),
} as const satisfies Record<string, Column>;
