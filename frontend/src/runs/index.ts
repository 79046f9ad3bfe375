export { RunPage } from './RunPage.js';
export { RunsPage } from './RunsPage.js';
