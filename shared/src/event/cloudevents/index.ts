export { isAttributeName, isAttributeText } from './attribute.js';
export { readAttributeHeaders } from './attribute-headers.js';
export type { AttributeHeaders } from './attribute-headers.js';
export { elementTexts } from './batch.js';
export { decodeHeaderValue } from './header-value.js';
export { contentModeOf } from './mode.js';
export type { ContentMode } from './mode.js';
