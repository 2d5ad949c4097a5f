import type { Random } from './random.ts';

const GIVEN_NAMES = [
  'Zoé',
  'Jürgen',
  'Ana',
  'Bjørn',
  'Chloé',
  'Daniel',
  'Élise',
  'Françoise',
  'Günther',
  'Inês',
  'Lotte',
  'Søren',
] as const;
const FAMILY_NAMES = [
  'Müller',
  "O'Brien",
  'Núñez',
  'Dupré',
  'Weiß',
  'Ångström',
  'van den Berg',
  'Rossi',
  'Kowalski',
  'Sørensen',
] as const;
export const STREETS = [
  'Bahnhofstraße',
  'Rue de la Gare',
  'Quai Gustave-Ador',
  'Plaza Mayor',
  'Vestergade',
  'Church Lane',
] as const;
export const CITIES = ['Zürich', 'Genève', 'København', 'Málaga', 'Cork'] as const;

/** Texts that need quoting: delimiters, the quote itself, line breaks, other quotes, the word NULL, backslashes. */
const REMARKS = [
  'prefers the saddle high | gears: 1|2|3',
  'says the lock code is `0000`, please change',
  'first line\nsecond line\n\nfourth line',
  'asked: "is it free?" - it\'s not',
  'NULL',
  'stores helmets at C:\\velo\\helmets\\new',
  'déjà vu: façade, naïve, Straße, ½ price',
  '',
] as const;

export function personName(random: Random): string {
  return `${random.pick(GIVEN_NAMES)} ${random.pick(FAMILY_NAMES)}`;
}

/** A remark; most rows have none. */
export function remark(random: Random): string | null {
  return random.chance(30) ? random.pick(REMARKS) : null;
}

/** A name as in an e-mail address: only ASCII letters. */
export function mailbox(name: string): string {
  return name
    .normalize('NFD')
    .toLowerCase()
    .replaceAll('ø', 'o')
    .replaceAll('ß', 'ss')
    .replace(/[^a-z ]/g, '')
    .replaceAll(' ', '.');
}
