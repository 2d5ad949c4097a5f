/** Whether an object of a JSON text has a key twice. Of what is not JSON any answer may come: its type refuses that. */
export function hasRepeatedKey(text: string): boolean {
  const objects: Set<string>[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '{') objects.push(new Set());
    else if (character === '}') objects.pop();
    if (character !== '"') continue;
    const end = stringEnd(text, at + 1);
    const behind = text.slice(end + 1, end + 1 + MAX_BLANKS);
    if (/^\s*:/.test(behind)) {
      const [keys, key] = [objects.at(-1), unescaped(text.slice(at, end + 1))];
      if (keys?.has(key) === true) return true;
      keys?.add(key);
    }
    at = end;
  }
  return false;
}

/** So many blanks may stand between a key and its colon. */
const MAX_BLANKS = 1000;

function stringEnd(text: string, start: number): number {
  for (let at = start; ;) {
    const end = text.indexOf('"', at);
    if (end === -1) return text.length;
    let backslashes = 0;
    while (text.charAt(end - 1 - backslashes) === '\\' && end - 1 - backslashes >= start) backslashes++;
    if (backslashes % 2 === 0) return end;
    at = end + 1;
  }
}

function unescaped(key: string): string {
  if (!key.includes('\\')) return key.slice(1, -1);
  try {
    return JSON.parse(key) as string;
  } catch {
    // PostgreSQL refuses it, too.
    return key;
  }
}
