/**
 * The name by which expressions reach a step: `Charge card` becomes `chargeCard`, as in `steps.chargeCard.output`.
 * Letters and digits of any script are kept, everything else separates words; a leading digit gets `_` before it.
 */
export function stepKey(name: string): string {
  const words = name.normalize('NFC').match(/[\p{L}\p{N}]+/gu) ?? [];
  const key = words
    .map((word, index) => {
      const rest = word.slice(1);
      return index === 0 ? word.charAt(0).toLowerCase() + rest : word.charAt(0).toUpperCase() + rest;
    })
    .join('');
  if (key === '') return '_';
  return /^\p{N}/u.test(key) ? `_${key}` : key;
}
