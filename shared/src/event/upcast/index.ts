export { MAX_CAST_CHARACTERS, castData, castProblem } from './cast.js';
export type { Cast, CastEvent, CastVersion } from './cast.js';
