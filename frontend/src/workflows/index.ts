export { WorkflowsPage } from './WorkflowsPage.js';
