import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Scale, Search, Store } from 'lucide-react';
import type { ReactElement } from 'react';
import { DEMO_SHOP_OPERATIONS } from '@sagawright/shared/contracts';
import type { DemoShopBehaviour, DemoShopState } from '@sagawright/shared/contracts';
import { client, demoShopQuery, keys, problemOf, useAction } from '../api/index.js';
import { LoadError, Page } from '../app/Page.js';
import {
  Badge,
  Button,
  EmptyState,
  ErrorState,
  Input,
  Panel,
  Select,
  Skeleton,
  Time,
  classNames,
} from '../ui/index.js';
import type { Tone } from '../ui/index.js';

type Operation = (typeof DEMO_SHOP_OPERATIONS)[number];

const OPERATION_WORDS: Record<Operation, { readonly name: string; readonly undo: boolean }> = {
  reserve: { name: 'Reserve stock', undo: false },
  release: { name: 'Release stock', undo: true },
  charge: { name: 'Charge card', undo: false },
  refund: { name: 'Refund', undo: true },
  ship: { name: 'Ship', undo: false },
  'cancel-shipment': { name: 'Cancel shipment', undo: true },
};

const MODE_OPTIONS = [
  { value: 'ok', label: 'Works', description: 'Does it and says so.' },
  {
    value: 'refuse',
    label: 'Refuses',
    description: 'Answers 422, does nothing: a no for business reasons.',
  },
  {
    value: 'fail',
    label: 'Fails',
    description: 'Answers 503, does nothing: tried again, then given up.',
  },
  { value: 'slow', label: 'Is slow', description: 'Does it, but answers only after 3 s.' },
  {
    value: 'lose-answer',
    label: 'Loses its answer',
    description: 'Does it, then drops the connection: nobody knows.',
  },
] as const;

const TIMES_OPTIONS = [
  { value: 'always', label: 'every time' },
  { value: '1', label: 'once' },
  { value: '2', label: 'twice' },
  { value: '3', label: 'three times' },
] as const;

const RESULTS: Record<DemoShopState['ledger'][number]['result'], { readonly word: string; readonly tone: Tone }> = {
  applied: { word: 'Applied', tone: 'done' },
  replayed: { word: 'Replayed', tone: 'idle' },
  refused: { word: 'Refused', tone: 'failed' },
  failed: { word: 'Failed', tone: 'failed' },
  lost: { word: 'Answer lost', tone: 'waiting' },
};

/** The stranger that the first workflow talks to: told how to behave here, and held to its own ledger. */
export function DemoShopPage({ order = '' }: { readonly order?: string | undefined }): ReactElement {
  const navigate = useNavigate();
  const shop = useQuery({ ...demoShopQuery(order), refetchInterval: 1500 });
  return (
    <Page title="Demo shop" mark={shop.data !== undefined && <Balance balance={shop.data.balance} />}>
      <div className="mx-auto flex w-full max-w-[1200px] flex-col gap-4 p-4 md:p-6">
        {shop.isPending && (
          <>
            <Skeleton className="h-48" />
            <Skeleton className="h-72" />
          </>
        )}
        {shop.isError &&
          (problemOf(shop.error).code === 'demo-shop.absent' ? (
            <ErrorState title="There is no demo shop here">
              The demo shop belongs to the local mode, started by <code className="font-mono">npm start</code>.
            </ErrorState>
          ) : (
            <LoadError error={shop.error} onRetry={() => void shop.refetch()} />
          ))}
        {shop.data !== undefined && (
          <>
            <p className="text-13 text-muted">
              A small shop on this machine that the “Order saga” calls. Tell it to misbehave, fire the workflow, and
              watch the run undo itself.
            </p>
            <Panel
              title="How it behaves"
              flush
              actions={
                DEMO_SHOP_OPERATIONS.some((operation) => (shop.data.behaviours[operation]?.mode ?? 'ok') !== 'ok') && (
                  <AllWell operations={DEMO_SHOP_OPERATIONS} />
                )
              }
            >
              <ul className="grid md:grid-cols-2 md:[&>li:nth-child(even)]:border-l md:[&>li:nth-last-child(-n+2)]:border-b-0 [&>li]:border-b [&>li:last-child]:border-b-0">
                {DEMO_SHOP_OPERATIONS.map((operation) => (
                  <Behaviour key={operation} operation={operation} behaviour={shop.data.behaviours[operation]} />
                ))}
              </ul>
            </Panel>
            <Panel
              title={
                <span className="flex items-center gap-2">
                  Ledger <span className="tabular font-normal text-muted">{shop.data.calls} calls</span>
                </span>
              }
              flush
              actions={
                <div className="relative w-40 sm:w-56">
                  <Search
                    size={13}
                    aria-hidden="true"
                    className="pointer-events-none absolute top-2 left-2 text-faint"
                  />
                  <Input
                    compact
                    type="search"
                    aria-label="Filter by order id"
                    placeholder="Order id"
                    className="pl-7"
                    value={order}
                    onChange={(event) => {
                      void navigate({
                        to: '/demo-shop',
                        search: { order: event.target.value === '' ? undefined : event.target.value },
                        replace: true,
                      });
                    }}
                  />
                </div>
              }
            >
              <Ledger rows={shop.data.ledger} filtered={order !== ''} />
            </Panel>
          </>
        )}
      </div>
    </Page>
  );
}

function Balance({ balance }: { readonly balance: DemoShopState['balance'] }): ReactElement {
  const even = balance.stock === 0 && balance.money === 0 && balance.parcels === 0;
  return (
    <Badge tone={even ? 'done' : 'idle'} className="ml-1">
      <Scale size={12} aria-hidden="true" />
      {even
        ? 'Nets to zero'
        : `${signed(balance.stock)} stock · ${money(balance.money)} · ${signed(balance.parcels)} ${Math.abs(balance.parcels) === 1 ? 'parcel' : 'parcels'}`}
    </Badge>
  );
}

function Behaviour({
  operation,
  behaviour,
}: {
  readonly operation: Operation;
  readonly behaviour: DemoShopBehaviour | undefined;
}): ReactElement {
  const queries = useQueryClient();
  const tell = useAction<DemoShopBehaviour, DemoShopState>({
    run: (body) => client.setDemoShopBehaviour({ params: { operation }, body }),
    onDone: () => void queries.invalidateQueries({ queryKey: keys.demoShop }),
  });
  const { name, undo } = OPERATION_WORDS[operation];
  const mode = behaviour?.mode ?? 'ok';
  const times = behaviour?.times ?? null;
  const timesValue = times === null ? 'always' : String(times);
  const timesOptions = TIMES_OPTIONS.some((option) => option.value === timesValue)
    ? TIMES_OPTIONS
    : [...TIMES_OPTIONS, { value: timesValue, label: `${timesValue} times` }];
  return (
    <li className="flex min-h-16 flex-wrap items-center gap-x-3 gap-y-2 px-4 py-2.5">
      <div className="min-w-0 flex-1 basis-44">
        <p className={classNames('font-medium', undo && 'text-undo-text')}>
          {undo && <span aria-hidden="true">↶ </span>}
          {name}
        </p>
        <p className="text-12 text-muted">
          {mode === 'slow'
            ? `Does it, but answers only after ${String((behaviour?.delayMs ?? 3000) / 1000)} s.`
            : MODE_OPTIONS.find((option) => option.value === mode)?.description}
        </p>
      </div>
      <div className="flex items-center gap-2">
        <div className="w-38">
          <Select
            compact
            label={`${name}: behaviour`}
            value={mode}
            onChange={(next) => {
              tell.mutate({ mode: next, delayMs: behaviour?.delayMs ?? 3000, times: next === 'ok' ? null : times });
            }}
            options={MODE_OPTIONS}
          />
        </div>
        {mode !== 'ok' && (
          <div className="w-30">
            <Select
              compact
              label={`${name}: how often`}
              value={timesValue}
              onChange={(next) => {
                tell.mutate({
                  mode,
                  delayMs: behaviour?.delayMs ?? 3000,
                  times: next === 'always' ? null : Number(next),
                });
              }}
              options={timesOptions}
            />
          </div>
        )}
      </div>
    </li>
  );
}

/** One way back from all misbehaviour. */
function AllWell({ operations }: { readonly operations: readonly Operation[] }): ReactElement {
  const tell = useAction({
    run: async () => {
      for (const operation of operations) {
        await client.setDemoShopBehaviour({ params: { operation }, body: { mode: 'ok', delayMs: 3000, times: null } });
      }
    },
    invalidates: [keys.demoShop],
  });
  return (
    <Button
      size="compact"
      busy={tell.isPending}
      onClick={() => {
        tell.mutate(undefined);
      }}
    >
      Let everything work
    </Button>
  );
}

function Ledger({
  rows,
  filtered,
}: {
  readonly rows: DemoShopState['ledger'];
  readonly filtered: boolean;
}): ReactElement {
  const navigate = useNavigate();
  if (rows.length === 0) {
    return (
      <EmptyState
        compact
        icon={<Store size={18} aria-hidden="true" />}
        title={filtered ? 'No call for this order' : 'Nobody has called yet'}
        action={
          filtered && (
            <Button size="compact" onClick={() => void navigate({ to: '/demo-shop', search: {} })}>
              Show all
            </Button>
          )
        }
      >
        {filtered ? 'Check the order id.' : 'Publish “Order saga” and fire its webhook; every call appears here.'}
      </EmptyState>
    );
  }
  return (
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Ledger">
      <table className="w-full min-w-[640px] text-left">
        <thead className="text-12 text-muted">
          <tr className="border-b border-border [&>th]:h-8 [&>th]:px-4 [&>th]:font-medium">
            <th scope="col">Operation</th>
            <th scope="col">Result</th>
            <th scope="col">Order</th>
            <th scope="col" className="text-right">
              Stock
            </th>
            <th scope="col" className="text-right">
              Money
            </th>
            <th scope="col" className="text-right">
              Parcels
            </th>
            <th scope="col">When</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const operation = OPERATION_WORDS[row.operation];
            const result = RESULTS[row.result];
            return (
              <tr key={row.seq} className="border-b border-border last:border-0 hover:bg-hover [&>td]:h-9 [&>td]:px-4">
                <td className={classNames('font-medium whitespace-nowrap', operation.undo && 'text-undo-text')}>
                  {operation.undo && <span aria-hidden="true">↶ </span>}
                  {operation.name}
                </td>
                <td>
                  <Badge tone={result.tone}>{result.word}</Badge>
                </td>
                <td>
                  <button
                    type="button"
                    className="max-w-44 min-h-6 truncate rounded-tag font-mono text-12 hover:underline"
                    title={`Idempotency key ${row.idempotencyKey}`}
                    onClick={() => void navigate({ to: '/demo-shop', search: { order: row.orderId } })}
                  >
                    {row.orderId}
                  </button>
                </td>
                <td className="text-right text-12">{row.stock === 0 ? '–' : signed(row.stock)}</td>
                <td className="text-right text-12">{row.money === 0 ? '–' : money(row.money)}</td>
                <td className="text-right text-12">{row.parcels === 0 ? '–' : signed(row.parcels)}</td>
                <td className="text-12 whitespace-nowrap text-muted">
                  <Time at={row.at} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** With a sign, and the proper minus. */
function signed(value: number): string {
  return value > 0 ? `+${String(value)}` : String(value).replace('-', '−');
}

/** Cents as an amount. */
function money(cents: number): string {
  const amount = (Math.abs(cents) / 100).toFixed(2);
  return `${cents > 0 ? '+' : cents < 0 ? '−' : ''}${amount}`;
}
