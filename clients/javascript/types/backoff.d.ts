export function backoff(attempt: number, random: () => number): number;
export function within([from, to]: readonly [number, number], random: () => number): number;
