import { shorten } from '../../crds/contract/errors.ts';

/** HTML or SVG whose texts are escaped. Only `markup` makes it, so that a name of a dump cannot become a tag by mistake. */
export class Markup {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }

  /** The literal parts of a template as they are, and its values escaped. */
  static readonly of = (literals: TemplateStringsArray, ...values: readonly MarkupValue[]): Markup =>
    new Markup(literals.reduce((text, literal, index) => `${text}${textOf(values[index - 1])}${literal}`));
}

export type MarkupValue = Markup | string | number | undefined | readonly MarkupValue[];

/** A tag for templates. Values are texts, numbers, other markup, or lists of these; in attributes they stand between quotes. */
export const markup = Markup.of;

function textOf(value: MarkupValue): string {
  if (value === undefined) return '';
  if (value instanceof Markup) return value.toString();
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return escapeText(value);
  return value.map(textOf).join('');
}

/** Names and messages of a status are at most this long; a longer one is not what the operator wrote. */
const MAX_TEXT_LENGTH = 10_000;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Characters that turn the direction of the text around them, so that a name could look like another one: UAX #9. */
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

function escapeText(text: string): string {
  return shorten(text, MAX_TEXT_LENGTH)
    .toWellFormed()
    .replace(DIRECTION, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
