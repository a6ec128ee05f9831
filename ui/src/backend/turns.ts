// Numbers for watches, each higher than the last, and than those of this page before it was loaded anew.
let latest = 0;

export function nextTurn(): number {
  latest = Math.max(latest + 1, Date.now());
  return latest;
}
