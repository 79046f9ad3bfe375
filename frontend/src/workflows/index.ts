export { MiniGraph } from './MiniGraph.js';
export { WorkflowsPage } from './WorkflowsPage.js';
