import { CITIES, digits, int, pick, text, WORDS, type Column, type Random } from './columns.ts';

/** A made-up word of three to nine letters. */
function word(random: Random): string {
  return Array.from({ length: 3 + random(7) }, () => String.fromCharCode(97 + random(26))).join('');
}

const sometimes =
  (value: (random: Random) => string, outOf: number): Column['value'] =>
  (random) =>
    random(outOf) === 0 ? undefined : value(random);

/** One of forty must be quoted. */
function phrase(random: Random): string {
  const words = Array.from({ length: 2 + random(6) }, () => word(random)).join(' ');
  return words + pick(random, [...Array<string>(37).fill(''), ', so', ' "so"', '\nP.S.']);
}

/** What fills most tables: an id and words, of which one in ten is missing. */
export const TEXT_COLUMNS: readonly Column[] = [
  int('word_id', 9_000_000),
  ...Array.from({ length: 17 }, (_, index) => text(`word_${index + 1}`, index % 3 === 0 ? sometimes(word, 10) : word)),
  text('phrase', phrase),
  text('remark', sometimes(phrase, 5)),
];

/** One of ten ids is not a number. */
export const FAULTY_COLUMNS: readonly Column[] = TEXT_COLUMNS.map((column) =>
  column.name === 'word_id'
    ? { ...column, value: (random) => `${random(10) === 0 ? 'no. ' : ''}${random(9_000_000)}` }
    : column,
);

const two = (random: Random, from: number, count: number) => String(from + random(count)).padStart(2, '0');
/** As every source but MSSQL's defaults writes it. */
const moment = (random: Random): string =>
  `${2000 + random(24)}-${two(random, 1, 12)}-${two(random, 1, 28)} ${two(random, 0, 24)}:${two(random, 0, 60)}:${two(random, 0, 60)}`;
const ofType = (name: string, sourceType: string, type: string, value: Column['value']): Column => ({
  ...{ name, sourceType, type, value },
});

/** Texts have no line ends: what a user would put in front of COPY works line by line. */
export const BCP_COLUMNS: readonly Column[] = [
  int('contact_id', 2 ** 31),
  text('email', (random) => `user${random(900_000)}@example.org`),
  text('first_name', word),
  text('last_name', (random) => `${pick(random, WORDS)}son`),
  text('city', (random) => pick(random, CITIES)),
  ofType(
    'changed_at',
    'datetime',
    'timestamp(3) without time zone',
    (random) => `${moment(random)}.${digits(random, 3)}`,
  ),
  ofType(
    'price',
    'decimal(12,2)',
    'numeric(12,2)',
    sometimes((random) => `${random(5000)}.${digits(random, 2)}`, 3),
  ),
  text('note', (random) => Array.from({ length: 1 + random(9) }, () => pick(random, WORDS)).join(' ')),
];

/** One text in ten has a tab, a line end or a backslash. */
function escaped(random: Random): string {
  return Array.from({ length: 1 + random(9) }, () => pick(random, WORDS)).join(
    pick(random, [...Array<string>(27).fill(' '), '\t', '\n', '\\']),
  );
}

export const TAB_COLUMNS: readonly Column[] = [
  int('event_id', 2 ** 31),
  ofType('at', 'timestamp', 'timestamp with time zone', moment),
  ofType(
    'ended_at',
    'datetime',
    'timestamp without time zone',
    sometimes((random) => (random(200) === 0 ? '0000-00-00 00:00:00' : moment(random)), 4),
  ),
  text('kind', word),
  text('title', escaped),
  text('detail', sometimes(escaped, 3)),
  ofType('amount', 'decimal(12,4)', 'numeric(12,4)', (random) => `${random(90_000)}.${digits(random, 4)}`),
  ofType('score', 'double', 'double precision', (random) => `${random(30)}.${digits(random, 5)}`),
  ofType('user_id', 'bigint(20)', 'bigint', (random) => `4000${digits(random, 9)}`),
];
