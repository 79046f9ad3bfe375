export { EditorPage } from './EditorPage.js';
