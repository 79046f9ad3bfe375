import { Dialog as Base } from '@base-ui/react/dialog';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { useId, useMemo, useState } from 'react';
import type { ReactElement } from 'react';
import { demoShopQuery, runsQuery, workflowsQuery } from '../api/index.js';
import { Kbd, classNames, runStateStyle } from '../ui/index.js';
import { useContributedCommands } from './commands.js';
import type { Command } from './commands.js';
import { rank } from './rank.js';
import { setTheme } from './theme.js';

const RUN_ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;

export interface CommandPaletteProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

/** Go to anything, do anything (W2). */
export function CommandPalette({ open, onOpenChange }: CommandPaletteProps): ReactElement {
  return (
    <Base.Root
      open={open}
      onOpenChange={(next) => {
        onOpenChange(next);
      }}
    >
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-black/20 dark:bg-black/50" />
        <Base.Popup className="popup-motion fixed top-[12vh] left-1/2 z-40 flex max-h-[70vh] w-[calc(100vw-24px)] max-w-[600px] -translate-x-1/2 flex-col overflow-hidden rounded-dialog border border-border bg-raised shadow-dialog outline-none">
          <Base.Title className="sr-only">Command palette</Base.Title>
          <Finder
            onDone={() => {
              onOpenChange(false);
            }}
          />
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

function Finder({ onDone }: { readonly onDone: () => void }): ReactElement {
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState(0);
  const listId = useId();
  const commands = usePaletteCommands(query);
  const found = useMemo(
    () =>
      commands
        .map((command, index) => ({ command, index, score: rank(command.label, query) }))
        .filter(({ score, command }) => score > 0 || command.id.startsWith('open-run:'))
        .sort((a, b) => (query.trim() === '' ? a.index - b.index : b.score - a.score || a.index - b.index))
        .slice(0, 40)
        .map(({ command }) => command),
    [commands, query],
  );
  const active = Math.min(chosen, Math.max(0, found.length - 1));

  function run(command: Command | undefined): void {
    if (command === undefined) return;
    onDone();
    command.run();
  }

  return (
    <>
      <div className="flex h-12 shrink-0 items-center gap-2.5 border-b border-border px-4">
        <Search size={16} aria-hidden="true" className="text-faint" />
        <input
          autoFocus
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={found.length === 0 ? undefined : `${listId}-${String(active)}`}
          aria-label="Search for a page, workflow, run or action"
          placeholder="Go to a workflow or run, or do something…"
          className="h-full min-w-0 flex-1 bg-transparent text-14 outline-none"
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setChosen(0);
          }}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
              event.preventDefault();
              const step = event.key === 'ArrowDown' ? 1 : -1;
              setChosen(found.length === 0 ? 0 : (active + step + found.length) % found.length);
              document.getElementById(`${listId}-${String(active)}`)?.scrollIntoView({ block: 'nearest' });
            } else if (event.key === 'Enter') {
              event.preventDefault();
              run(found[active]);
            }
          }}
        />
        <Kbd>Esc</Kbd>
      </div>
      <div id={listId} role="listbox" aria-label="Results" className="min-h-0 flex-1 overflow-y-auto p-1.5">
        {found.map((command, index) => {
          const heads = index === 0 || found[index - 1]?.group !== command.group;
          return (
            <div key={command.id} role="presentation">
              {heads && (
                <div role="presentation" className="px-2.5 pt-2 pb-1 text-11 font-medium text-faint">
                  {command.group}
                </div>
              )}
              <div
                id={`${listId}-${String(index)}`}
                role="option"
                aria-selected={index === active}
                className={classNames(
                  'flex min-h-8 cursor-default items-center justify-between gap-3 rounded-input px-2.5 text-13',
                  index === active && 'bg-hover',
                )}
                onPointerMove={() => {
                  setChosen(index);
                }}
                onClick={() => {
                  run(command);
                }}
              >
                <span className="truncate">{command.label}</span>
                {command.shortcut !== undefined && <Kbd>{command.shortcut}</Kbd>}
              </div>
            </div>
          );
        })}
        {found.length === 0 && <p className="px-3 py-6 text-center text-13 text-muted">Nothing goes by that name.</p>}
      </div>
    </>
  );
}

function usePaletteCommands(query: string): readonly Command[] {
  const navigate = useNavigate();
  const contributed = useContributedCommands();
  const workflows = useInfiniteQuery(workflowsQuery(''));
  const runs = useInfiniteQuery(runsQuery({}));
  const shop = useQuery(demoShopQuery(''));
  return useMemo(() => {
    const pasted = RUN_ID.exec(query)?.[0];
    return [
      ...(pasted === undefined
        ? []
        : [
            {
              id: `open-run:${pasted}`,
              label: `Open run ${pasted}`,
              group: 'Go to',
              run: () => void navigate({ to: '/runs/$runId', params: { runId: pasted } }),
            },
          ]),
      ...contributed.flat(),
      {
        id: 'go-workflows',
        label: 'Workflows',
        group: 'Go to',
        shortcut: 'G W',
        run: () => void navigate({ to: '/workflows' }),
      },
      { id: 'go-runs', label: 'Runs', group: 'Go to', shortcut: 'G R', run: () => void navigate({ to: '/runs' }) },
      { id: 'go-tasks', label: 'Tasks', group: 'Go to', shortcut: 'G T', run: () => void navigate({ to: '/tasks' }) },
      {
        id: 'go-events',
        label: 'Events',
        group: 'Go to',
        shortcut: 'G E',
        run: () => void navigate({ to: '/events' }),
      },
      ...(shop.data === undefined
        ? []
        : [
            {
              id: 'go-shop',
              label: 'Demo shop',
              group: 'Go to',
              shortcut: 'G D',
              run: () => void navigate({ to: '/demo-shop' }),
            },
          ]),
      {
        id: 'go-settings',
        label: 'Settings',
        group: 'Go to',
        shortcut: 'G S',
        run: () => void navigate({ to: '/settings' }),
      },
      {
        id: 'new-workflow',
        label: 'New workflow',
        group: 'Do',
        run: () => void navigate({ to: '/workflows', search: { create: true } }),
      },
      {
        id: 'theme-light',
        label: 'Use the light theme',
        group: 'Do',
        run: () => {
          setTheme('light');
        },
      },
      {
        id: 'theme-dark',
        label: 'Use the dark theme',
        group: 'Do',
        run: () => {
          setTheme('dark');
        },
      },
      ...(workflows.data?.pages.flatMap((page) => page.items) ?? []).map((workflow) => ({
        id: `workflow:${workflow.id}`,
        label: workflow.name,
        group: 'Workflows',
        run: () => void navigate({ to: '/workflows/$workflowId', params: { workflowId: workflow.id } }),
      })),
      ...(runs.data?.pages.flatMap((page) => page.items) ?? []).slice(0, 20).map((run) => ({
        id: `run:${run.id}`,
        label: `${run.workflowName} · ${runStateStyle[run.status].word} · ${run.id.slice(0, 8)}`,
        group: 'Recent runs',
        run: () => void navigate({ to: '/runs/$runId', params: { runId: run.id } }),
      })),
    ];
  }, [query, contributed, workflows.data, runs.data, shop.data, navigate]);
}
