/** How long ago a time was; negative for one that is to come. */
export function secondsSince(time: string, now: Date): number {
  return (now.getTime() - Date.parse(time)) / 1000;
}

/** A number of seconds as kubectl shows ages: 45s, 2m5s, 3h10m, 4d2h. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const units = [
    [86_400, 'd', 3600, 'h'],
    [3600, 'h', 60, 'm'],
    [60, 'm', 1, 's'],
  ] as const;
  const [size, name, nextSize, nextName] = units.find(([size]) => whole >= size) ?? [];
  if (size === undefined) return `${whole}s`;
  const rest = Math.floor((whole % size) / nextSize);
  return `${Math.floor(whole / size)}${name}${rest === 0 ? '' : `${rest}${nextName}`}`;
}
