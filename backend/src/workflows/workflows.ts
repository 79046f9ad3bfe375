/** Workflows: drawn, saved, checked, published. A draft never changes what is live; a version never changes. */
import type { Diagnostic, TriggerInfo, Workflow, WorkflowSummary } from '@sagawright/shared/contracts';
import { GRAPH_SCHEMA_VERSION, readGraph } from '@sagawright/shared/graph';
import type { Graph } from '@sagawright/shared/graph';
import { FailureError } from '@sagawright/shared/kernel';
import type { Json, JsonObject } from '@sagawright/shared/kernel';
import { compile, formProblem } from '@sagawright/shared/saga';
import type { Catalogue, Compiled, SagaDefinition } from '@sagawright/shared/saga';
import {
  appendAudit,
  archiveWorkflow,
  findTrigger,
  findVersion,
  findWorkflow,
  goLive,
  insertMissingTriggers,
  insertVersion,
  insertWorkflow,
  listCallableWorkflows,
  listTriggers,
  listVersions,
  listWorkflows,
  loadDefinitions,
  lockWorkflow,
  renameWorkflow,
  replaceTriggerSecret,
  saveDraft,
  setWorkflowPriority,
  takeOffAir,
  uuidv7,
} from '@sagawright/shared/server';
import type { Author, Database, TriggerRow, VersionRow } from '@sagawright/shared/server';
import type { Template } from '@sagawright/shared/template';
import { auditActor } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { readCursor, writeCursor } from '../door/cursor.js';
import { Refusal } from '../refusal.js';
import { withKnownVersions } from '../schemas/known-versions.js';
import { exportedDocument, storedGraph } from './stored-document.js';
import { makeSecret, triggersOf } from './trigger-secrets.js';
import type { TriggerSecrets } from './trigger-secrets.js';

const SECRET_OVERLAP_MS = 86_400_000;
const EMPTY: Graph = {
  schemaVersion: GRAPH_SCHEMA_VERSION,
  settings: { direction: 'lr', strict: false, variables: {} },
  nodes: {},
  edges: {},
  order: [],
};

type Diagnostics = readonly Diagnostic[];

export class Workflows {
  constructor(
    private readonly database: Database,
    private readonly secrets: TriggerSecrets,
    private readonly publicUrl: string,
    readonly templates: readonly Template[],
    private readonly connectors: Catalogue,
  ) {}

  async list(
    caller: Caller,
    page: { cursor?: string | undefined; limit: number; search?: string | undefined },
  ): Promise<{ items: WorkflowSummary[]; nextCursor: string | null }> {
    const after = readCursor(page.cursor);
    const rows = await listWorkflows(this.database.pool, caller.workspaceId, {
      after: after && { updatedAtMicros: after.micros, id: after.id },
      limit: page.limit + 1,
      search: page.search ?? null,
    });
    const shown = rows.slice(0, page.limit);
    const last = rows.length > page.limit ? shown.at(-1) : undefined;
    return {
      items: shown.map((row) => ({
        id: row.id,
        name: row.name,
        publishedVersion: row.publishedNumber,
        draftRevision: row.revision,
        unpublishedChanges: row.unpublishedChanges,
        updatedAt: row.updatedAt.toISOString(),
        callable: row.callable,
        pausedAt: row.pausedAt?.toISOString() ?? null,
        priority: row.priority,
        lastRun: row.lastRun && { ...row.lastRun, createdAt: new Date(row.lastRun.createdAt).toISOString() },
        runCounts: {
          live: row.live,
          completed: row.completed,
          failed: row.failed,
          compensated: row.compensated,
          stopped: row.stopped,
        },
      })),
      nextCursor: last === undefined ? null : writeCursor(last.updatedAtMicros, last.id),
    };
  }

  /** @throws Refusal `template.unknown` */
  async create(
    caller: Caller,
    wish: { name: string; graph?: Graph | undefined; template?: string | undefined },
  ): Promise<Workflow> {
    const graph = wish.graph ?? (wish.template === undefined ? EMPTY : this.template(wish.template).graph);
    const id = uuidv7();
    await this.database.transaction(async (sql) => {
      await insertWorkflow(sql, caller.workspaceId, { id, name: wish.name, graph, author: authorOf(caller) });
      await insertMissingTriggers(sql, caller.workspaceId, id, this.secrets.rowsFor(graph));
    });
    return this.get(caller, id);
  }

  /**
   * A new workflow from a document that was exported here or elsewhere, of this version or an older one.
   *
   * @param name absent = the document's own, or a plain one
   * @throws Refusal `workflow.not-a-document`, `workflow.too-new`, `workflow.invalid`
   */
  async importDocument(caller: Caller, document: JsonObject, name: string | undefined): Promise<Workflow> {
    const read = readGraph(document);
    if (!read.ok) throw new FailureError(read.error);
    const own = typeof document['name'] === 'string' ? document['name'].trim().slice(0, 120) : '';
    return this.create(caller, { name: name ?? (own === '' ? 'Imported workflow' : own), graph: read.value });
  }

  /**
   * @param version absent = the draft
   * @throws Refusal `workflow.not-found`, `version.not-found`
   */
  async exportDocument(
    caller: Caller,
    id: string,
    version: number | undefined,
  ): Promise<ReturnType<typeof exportedDocument>> {
    const row = await findWorkflow(this.database.pool, caller.workspaceId, id);
    if (row === null) throw notFound();
    const { graph } = version === undefined ? row : await this.version(caller, id, version);
    return exportedDocument(row.name, storedGraph(graph));
  }

  /** @throws Refusal `workflow.not-found` */
  async get(caller: Caller, id: string): Promise<Workflow> {
    const row = await findWorkflow(this.database.pool, caller.workspaceId, id);
    if (row === null) throw notFound();
    const graph = storedGraph(row.graph);
    const published =
      row.publishedNumber === null
        ? null
        : await findVersion(this.database.pool, caller.workspaceId, id, row.publishedNumber);
    const triggers = await listTriggers(this.database.pool, caller.workspaceId, id);
    return {
      id: row.id,
      name: row.name,
      createdAt: row.createdAt.toISOString(),
      pausedAt: row.pausedAt?.toISOString() ?? null,
      priority: row.priority,
      draft: {
        revision: row.revision,
        graph,
        author: row.author,
        updatedAt: row.draftUpdatedAt.toISOString(),
      },
      published: published && versionView(published),
      publishedGraph: published && storedGraph(published.graph),
      triggers: triggers.flatMap((trigger) => this.triggerView(trigger, graph)),
    };
  }

  /**
   * What a version decides by; `number` is the version's, or the draft's revision.
   *
   * @throws Refusal `workflow.not-found`, `workflow.not-published`, `workflow.invalid` with the diagnostics of the draft
   */
  async definition(
    caller: Caller,
    id: string,
    version: 'draft' | 'published',
  ): Promise<{ definition: SagaDefinition; number: number; name: string }> {
    const { pool } = this.database;
    const row = await findWorkflow(pool, caller.workspaceId, id);
    if (row === null) throw notFound();
    const { name, revision, publishedNumber } = row;
    if (version === 'draft') {
      const definition = publishable(await this.compile(pool, caller, storedGraph(row.graph), id));
      return { definition, number: revision, name };
    }
    const published =
      publishedNumber === null ? null : await findVersion(pool, caller.workspaceId, id, publishedNumber);
    const definition = published && (await loadDefinitions(pool, [published.id])).get(published.id);
    if (published === null || definition == null) {
      throw new Refusal('workflow.not-published', `Publish ${name} first, or choose its draft.`);
    }
    return { definition, number: published.number, name };
  }

  async rename(caller: Caller, id: string, name: string): Promise<Workflow> {
    if (!(await renameWorkflow(this.database.pool, caller.workspaceId, id, name))) throw notFound();
    return this.get(caller, id);
  }

  /** @throws Refusal `workflow.not-found` */
  async setPriority(caller: Caller, id: string, priority: number): Promise<void> {
    await this.database.transaction(async (sql) => {
      if (!(await setWorkflowPriority(sql, caller.workspaceId, id, priority))) throw notFound();
      await appendAudit(sql, caller.workspaceId, {
        actor: auditActor(caller),
        action: 'workflow.priority',
        subject: `workflow:${id}`,
        details: { priority },
      });
    });
  }

  async archive(caller: Caller, id: string): Promise<void> {
    await this.database.transaction(async (sql) => {
      if (!(await archiveWorkflow(sql, caller.workspaceId, id))) throw notFound();
      await takeOffAir(sql, caller.workspaceId, id);
      await appendAudit(sql, caller.workspaceId, {
        actor: auditActor(caller),
        action: 'workflow.archive',
        subject: `workflow:${id}`,
        details: {},
      });
    });
  }

  /** @throws Refusal `workflow.not-found`, `draft.conflict` with the current revision */
  async saveDraft(
    caller: Caller,
    id: string,
    draft: { baseRevision: number; graph: Graph },
  ): Promise<{ revision: number; updatedAt: string; diagnostics: Diagnostics }> {
    const saved = await this.database.transaction(async (sql) => {
      const outcome = await saveDraft(sql, caller.workspaceId, id, { ...draft, author: authorOf(caller) });
      if (outcome.kind === 'saved') await this.addTriggers(sql, caller, id, draft.graph);
      return outcome;
    });
    switch (saved.kind) {
      case 'absent':
        throw notFound();
      case 'conflict':
        throw conflict(draft.baseRevision, saved);
      case 'saved':
        return {
          revision: saved.revision,
          updatedAt: saved.updatedAt.toISOString(),
          diagnostics: (await this.compile(this.database.pool, caller, draft.graph, id)).diagnostics,
        };
    }
  }

  async validate(caller: Caller, graph: Graph): Promise<{ publishable: boolean; diagnostics: Diagnostics }> {
    const { definition, diagnostics } = await this.compile(this.database.pool, caller, graph, null);
    return { publishable: definition !== null, diagnostics };
  }

  /** @throws Refusal `workflow.not-found`, `draft.conflict`, `workflow.invalid` with the diagnostics */
  async publish(caller: Caller, id: string, wish: { revision: number; note: string }): Promise<Workflow> {
    await this.database.transaction(async (sql) => {
      const workflow = await lockWorkflow(sql, caller.workspaceId, id);
      if (workflow === null) throw notFound();
      if (workflow.revision !== wish.revision)
        throw conflict(wish.revision, { ...workflow, updatedAt: workflow.draftUpdatedAt });
      const graph = storedGraph(workflow.graph);
      const definition = publishable(await this.compile(sql, caller, graph, id));
      const versionId = uuidv7();
      await insertVersion(
        sql,
        { ...workflow, graph },
        {
          id: versionId,
          definition: await withKnownVersions(sql, caller.workspaceId, definition),
          note: wish.note,
          publishedBy: caller.actor.name,
        },
      );
      await this.addTriggers(sql, caller, id, graph);
      await goLive(
        sql,
        id,
        versionId,
        Object.values(definition.triggers).map(({ id: nodeId, kind, name, settings }) => ({
          nodeId,
          kind,
          name,
          scheme: settings.kind === 'trigger.webhook' ? settings.scheme : null,
        })),
      );
      await appendAudit(sql, caller.workspaceId, {
        actor: auditActor(caller),
        action: 'workflow.publish',
        subject: `workflow:${id}`,
        details: { revision: wish.revision, note: wish.note, unverified: unverifiedTriggers(graph) },
      });
    });
    return this.get(caller, id);
  }

  async versions(caller: Caller, id: string): Promise<ReturnType<typeof versionView>[]> {
    if ((await findWorkflow(this.database.pool, caller.workspaceId, id)) === null) throw notFound();
    return (await listVersions(this.database.pool, caller.workspaceId, id)).map(versionView);
  }

  /** @throws Refusal `workflow.not-found`, `version.not-found` */
  async version(
    caller: Caller,
    id: string,
    number: number,
  ): Promise<ReturnType<typeof versionView> & { graph: Graph }> {
    const version = await findVersion(this.database.pool, caller.workspaceId, id, number);
    if (version !== null) return { ...versionView(version), graph: storedGraph(version.graph) };
    if ((await findWorkflow(this.database.pool, caller.workspaceId, id)) === null) throw notFound();
    throw new Refusal('version.not-found', `This workflow has no version ${number}.`);
  }

  async revealSecret(caller: Caller, id: string, nodeId: string): Promise<string> {
    return this.database.transaction(async (sql) => {
      const trigger = await this.webhook(sql, caller, id, nodeId);
      const secret = this.secrets.secret(trigger);
      if (secret === null) throw noTrigger(nodeId);
      await appendAudit(sql, caller.workspaceId, {
        actor: auditActor(caller),
        action: 'trigger.reveal-secret',
        subject: `trigger:${trigger.id}`,
        details: {},
      });
      return secret;
    });
  }

  async rotateSecret(caller: Caller, id: string, nodeId: string): Promise<string> {
    return this.database.transaction(async (sql) => {
      const trigger = await this.webhook(sql, caller, id, nodeId);
      const secret = makeSecret();
      await replaceTriggerSecret(sql, caller.workspaceId, trigger.id, {
        sealed: this.secrets.sealSecret(trigger.id, secret),
        overlapMs: SECRET_OVERLAP_MS,
      });
      await appendAudit(sql, caller.workspaceId, {
        actor: auditActor(caller),
        action: 'trigger.rotate-secret',
        subject: `trigger:${trigger.id}`,
        details: {},
      });
      return secret;
    });
  }

  /** @param secret that the provider made; null takes it away, so that the provider's handshake may set it */
  async setSecret(caller: Caller, id: string, nodeId: string, secret: string | null): Promise<void> {
    await this.database.transaction(async (sql) => {
      const trigger = await this.webhook(sql, caller, id, nodeId);
      await replaceTriggerSecret(sql, caller.workspaceId, trigger.id, {
        sealed: secret === null ? null : this.secrets.sealSecret(trigger.id, secret),
        overlapMs: SECRET_OVERLAP_MS,
      });
      await appendAudit(sql, caller.workspaceId, {
        actor: auditActor(caller),
        action: secret === null ? 'trigger.remove-secret' : 'trigger.set-secret',
        subject: `trigger:${trigger.id}`,
        details: {},
      });
    });
  }

  /** @param own the workflow of the drawing, if it is one: by the drawing's own trigger it may call itself */
  private async compile(sql: Sql, caller: Caller, graph: Graph, own: string | null): Promise<Compiled> {
    const known = await listCallableWorkflows(sql, caller.workspaceId);
    const callsItself = triggersOf(graph).some(({ kind }) => kind === 'trigger.called');
    const workflows = known.map((each) => (each.id === own ? { ...each, callable: callsItself } : each));
    return compile(graph, { connectors: this.connectors, workflows, formProblem });
  }

  private async webhook(sql: Sql, caller: Caller, id: string, nodeId: string): Promise<TriggerRow> {
    const trigger = await findTrigger(sql, caller.workspaceId, id, nodeId);
    if (trigger?.kind !== 'trigger.webhook') throw noTrigger(nodeId);
    return trigger;
  }

  private async addTriggers(sql: Sql, caller: Caller, id: string, graph: Graph): Promise<void> {
    const known = new Set((await listTriggers(sql, caller.workspaceId, id)).map((trigger) => trigger.nodeId));
    const missing = this.secrets.rowsFor(graph).filter((trigger) => !known.has(trigger.nodeId));
    await insertMissingTriggers(sql, caller.workspaceId, id, missing);
  }

  /** Triggers that the draft has, or that are live; how a live one is verified is what was published. */
  private triggerView(trigger: TriggerRow, graph: Graph): TriggerInfo[] {
    const drawn = triggersOf(graph).find((node) => node.id === trigger.nodeId) ?? null;
    const live = trigger.versionId !== null;
    if (drawn === null && !live) return [];
    const shown = live || drawn === null ? trigger : drawn;
    const isWebhook = shown.kind === 'trigger.webhook';
    return [
      {
        nodeId: trigger.nodeId,
        kind: shown.kind,
        name: shown.name,
        url: isWebhook ? `${this.publicUrl}/hooks/${this.secrets.token(trigger) ?? ''}` : null,
        scheme: isWebhook && 'scheme' in shown ? shown.scheme : null,
        live,
      },
    ];
  }

  private template(id: string): Template {
    const template = this.templates.find((candidate) => candidate.id === id);
    if (template === undefined)
      throw new Refusal('template.unknown', `There is no template "${id}"; GET /api/v1/templates lists them.`);
    return template;
  }
}

type Sql = Parameters<typeof appendAudit>[0];

function versionView(version: Omit<VersionRow, 'graph'>) {
  return {
    number: version.number,
    publishedAt: version.publishedAt.toISOString(),
    publishedBy: version.publishedBy,
    note: version.note,
  };
}

function authorOf(caller: Caller): Author {
  return { userId: caller.actor.kind === 'user' ? caller.actor.id : null, name: caller.actor.name };
}

/** @throws Refusal `workflow.invalid` with the diagnostics */
function publishable({ definition, diagnostics }: Compiled): SagaDefinition {
  if (definition !== null) return definition;
  const errors = diagnostics.filter((diagnostic) => diagnostic.level === 'error');
  const detail = `${errors.length} problem(s) keep this workflow from being published. First: ${errors[0]?.message ?? ''}`;
  throw new Refusal('workflow.invalid', detail, { context: { diagnostics: diagnostics as unknown as Json } });
}

function unverifiedTriggers(graph: Graph): string[] {
  return Object.values(graph.nodes).flatMap((node) =>
    node.kind === 'trigger.webhook' && node.scheme === 'none' ? [node.id] : [],
  );
}

function conflict(base: number, current: { revision: number; author: string; updatedAt: Date }): Refusal {
  return new Refusal(
    'draft.conflict',
    `${current.author} saved revision ${current.revision} after your revision ${base}; load it and apply your changes again.`,
    {
      context: { revision: current.revision, author: current.author, updatedAt: current.updatedAt.toISOString() },
    },
  );
}

function notFound(): Refusal {
  return new Refusal('workflow.not-found', 'There is no such workflow in this workspace, or it is archived.');
}

function noTrigger(nodeId: string): Refusal {
  return new Refusal(
    'trigger.not-found',
    `There is no webhook trigger "${nodeId}" in this workflow; save the draft that has it first.`,
  );
}
