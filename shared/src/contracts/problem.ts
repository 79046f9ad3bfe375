import { z } from 'zod';
import { jsonSchema } from '../kernel/index.js';

/** RFC 9457 problem details, `application/problem+json`. Known by `code`; `detail` names the thing and the way out. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  /** Request id to quote. */
  instance: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  /** Extra facts by code, e.g. the current revision of a conflict or the diagnostics of a refused publish. */
  context: jsonSchema.optional(),
});
export type Problem = z.infer<typeof problemSchema>;

/**
 * Every problem the HTTP interface answers, by code: the one table from codes to statuses. Codes are stable; a failure
 * whose code is not here is our own fault and is answered as `internal`.
 */
export const PROBLEMS = {
  'request.invalid': { status: 400, title: 'The request is not valid' },
  'request.malformed': { status: 400, title: 'The request could not be read' },
  'body.malformed': { status: 400, title: 'The body could not be read' },
  'body.too-large': { status: 413, title: 'The body is too large' },
  'body.unsupported-type': { status: 415, title: 'The content type is not supported' },
  'request.headers-too-large': { status: 431, title: 'The headers are too large' },
  'request.uri-too-long': { status: 414, title: 'The address is too long' },
  'request.timeout': { status: 408, title: 'The request took too long to arrive' },
  'route.not-found': { status: 404, title: 'There is nothing at this address' },
  'auth.required': { status: 401, title: 'Log in or send an API key' },
  'auth.failed': { status: 401, title: 'The login failed' },
  'auth.link-invalid': { status: 401, title: 'The sign-in link is not valid' },
  'auth.throttled': { status: 429, title: 'Too many attempts' },
  'auth.csrf': { status: 403, title: 'The request did not come from this web app' },
  'auth.forbidden': { status: 403, title: 'Not allowed' },
  'api-key.not-found': { status: 404, title: 'No such API key' },
  'workflow.not-found': { status: 404, title: 'No such workflow' },
  'workflow.not-published': { status: 409, title: 'The workflow is not published' },
  'workflow.invalid': { status: 422, title: 'The workflow has errors' },
  'workflow.not-a-document': { status: 422, title: 'This is no workflow document' },
  'workflow.too-new': { status: 422, title: 'The document is newer than this installation' },
  'version.not-found': { status: 404, title: 'No such version' },
  'draft.conflict': { status: 409, title: 'Somebody else saved this draft' },
  'template.unknown': { status: 422, title: 'No such template' },
  'trigger.not-found': { status: 404, title: 'No such trigger' },
  'trigger.not-live': { status: 409, title: 'The trigger is not live' },
  'idempotency.mismatch': { status: 422, title: 'The idempotency key was used for another request' },
  'webhook.unknown': { status: 404, title: 'No such webhook address' },
  'webhook.not-verified': { status: 401, title: 'The delivery could not be verified' },
  'rate.limited': { status: 429, title: 'Too many requests' },
  'ingest.busy': { status: 503, title: 'Too much is arriving' },
  'endpoint.not-found': { status: 404, title: 'No such endpoint' },
  'endpoint.refused': { status: 422, title: 'Events cannot be sent there' },
  'endpoint.too-many': { status: 409, title: 'There are too many endpoints' },
  'delivery.not-found': { status: 404, title: 'No such delivery' },
  'replay.not-found': { status: 404, title: 'No such replay' },
  'replay.invalid': { status: 422, title: 'The replay cannot be made' },
  'replay.too-many': { status: 422, title: 'The replay has too many events' },
  'replay.ended': { status: 409, title: 'The replay is in no state for that' },
  'run.not-found': { status: 404, title: 'No such run' },
  'payload.not-found': { status: 404, title: 'No such large value in this run' },
  'run.ended': { status: 409, title: 'The run has ended' },
  'run.not-ended': { status: 409, title: 'The run has not ended' },
  'run.not-completed': { status: 409, title: 'The run has not completed' },
  'run.past-pivot': { status: 409, title: 'The run only goes forward' },
  'run.nothing-to-undo': { status: 409, title: 'There is nothing to undo' },
  'incident.not-found': { status: 404, title: 'No such open incident' },
  'incident.resolved': { status: 409, title: 'The incident is resolved' },
  'incident.no-port': { status: 422, title: 'The way on is not said' },
  'incident.port-unknown': { status: 422, title: 'The step has no such way on' },
  'incident.no-input': { status: 422, title: 'The step has no input' },
  'incident.no-action': { status: 422, title: 'The step calls no action' },
  'incident.of-run': { status: 422, title: 'The incident is of the run itself' },
  'incident.not-undoing': { status: 422, title: 'The step is not being undone' },
  'incident.not-forward': { status: 422, title: 'The step is being undone' },
  'incident.no-way-on': { status: 409, title: 'There is nothing to go on with' },
  'incident.resume-inside': { status: 409, title: 'A part cannot be resumed' },
  'incident.undo-under-way': { status: 409, title: 'An undo is under way' },
  'lane.not-blocked': { status: 409, title: 'The run does not block its key' },
  'event.not-found': { status: 404, title: 'No such event' },
  'event.schema-violated': { status: 422, title: 'The event does not fit its schema' },
  'schema.not-found': { status: 404, title: 'No such schema' },
  'schema.invalid': { status: 422, title: 'The schema cannot be used' },
  'schema.incompatible': { status: 409, title: 'The schema breaks its readers' },
  'schema.too-many': { status: 409, title: 'There are too many versions' },
  'dead-letter.not-found': { status: 404, title: 'No such dead letter' },
  'dead-letter.closed': { status: 409, title: 'The dead letter is closed' },
  'dead-letter.not-sendable': { status: 409, title: 'The dead letter cannot be sent again' },
  'dead-letter.busy': { status: 429, title: 'Dead letters are being sent again' },
  'task.not-found': { status: 404, title: 'No such task' },
  'task.not-yours': { status: 403, title: 'The task belongs to somebody else' },
  'task.completed': { status: 409, title: 'The task is completed' },
  'task.withdrawn': { status: 409, title: 'The task is not asked any more' },
  'task.outcome-unknown': { status: 422, title: 'The task has no such outcome' },
  'task.comment-required': { status: 422, title: 'This outcome needs a comment' },
  'task.form': { status: 422, title: 'The form is not filled in as asked' },
  'demo-shop.absent': { status: 404, title: 'There is no demo shop here' },
  'demo-shop.unreachable': { status: 502, title: 'The demo shop does not answer' },
  'service.unavailable': { status: 503, title: 'The database does not answer' },
  'service.not-ready': { status: 503, title: 'The service is not ready' },
  internal: { status: 500, title: 'Something went wrong on our side' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code);
}
