import { expect, it } from '@jest/globals';
import { SHORTCUTS, shortcutOf } from './shortcuts.js';

const plain = { ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, code: '' };

it('binds no key twice (E95)', () => {
  const keys = SHORTCUTS.flatMap((each) => [...each.keys]);
  expect(new Set(keys).size).toBe(keys.length);
});

it('knows chords by their sign, not by the keys that make it', () => {
  expect(shortcutOf({ ...plain, key: '?', shiftKey: true })).toBe('help');
  expect(shortcutOf({ ...plain, key: 'z', ctrlKey: true })).toBe('undo');
  expect(shortcutOf({ ...plain, key: 'Z', metaKey: true, shiftKey: true })).toBe('redo');
  expect(shortcutOf({ ...plain, key: '†', altKey: true, shiftKey: true, code: 'KeyT' })).toBe('tidy');
  expect(shortcutOf({ ...plain, key: 'n' })).toBe('add');
  expect(shortcutOf({ ...plain, key: 'Tab' })).toBeNull();
});
