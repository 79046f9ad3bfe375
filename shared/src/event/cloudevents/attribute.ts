/** What a CloudEvents attribute may be called, and which texts it may hold. */

const NAME = /^[a-z0-9]{1,20}$/;
/** Control characters, halves of characters and noncharacters. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;

/** The specification only advises the length; here it is a bound. */
export function isAttributeName(name: string): boolean {
  return NAME.test(name) && name !== 'data';
}

/** @see CloudEvents 1.0, section "Type System", String */
export function isAttributeText(text: string): boolean {
  return !FORBIDDEN.test(text);
}
