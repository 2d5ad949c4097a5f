/**
 * Whether a name fits a pattern in which `*` stands for any text and `?` for one character, in any case. Not by a regular expression: the
 * operator matches names of dumps with patterns of manifests, none of which it can trust, and `*a*a*a*a*b` would take a regular expression
 * longer than a lifetime. This takes at most the product of both lengths.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  const wanted = Array.from(pattern.toLowerCase().normalize('NFC'));
  const letters = Array.from(name.toLowerCase().normalize('NFC'));
  let at = 0;
  /** Where the last `*` stands, and the first letter that it does not cover. */
  let star = -1;
  let uncovered = 0;
  for (let letter = 0; letter < letters.length;) {
    if (wanted[at] === '*') {
      star = at++;
      uncovered = letter;
    } else if (wanted[at] === '?' || (at < wanted.length && wanted[at] === letters[letter])) {
      at++;
      letter++;
    } else if (star !== -1) {
      at = star + 1;
      letter = ++uncovered;
    } else return false;
  }
  return wanted.slice(at).every((character) => character === '*');
}
