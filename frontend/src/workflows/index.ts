export { WorkflowsPage } from './WorkflowsPage.js';
export { PauseBanner } from './WorkspacePause.js';
