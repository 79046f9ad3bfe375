import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import {
  CircleHelp,
  Inbox,
  KeyRound,
  LogOut,
  Menu as MenuIcon,
  Moon,
  PanelLeft,
  Play,
  Radio,
  Search,
  Settings,
  Store,
  Sun,
  Waypoints,
} from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ReactElement, ReactNode } from 'react';
import { client, demoShopQuery, forgetLogin, meQuery } from '../api/index.js';
import { Dialog, IconButton, Kbd, Menu, Sheet, Tooltip, classNames } from '../ui/index.js';
import { countWords, taskCountQuery } from '../tasks/queries.js';
import { PauseBanner } from '../workflows/index.js';
import { CommandPalette } from './CommandPalette.js';
import { Logo } from './Logo.js';
import { setTheme, useTheme } from './theme.js';
import { useMedia } from './use-media.js';
import { useShellKeys } from './use-shell-keys.js';
import { useStored } from './use-stored.js';

interface Place {
  readonly to: '/workflows' | '/runs' | '/tasks' | '/events' | '/demo-shop' | '/settings';
  readonly label: string;
  readonly icon: ReactNode;
  readonly shortcut: string;
}

const PLACES: readonly Place[] = [
  { to: '/workflows', label: 'Workflows', icon: <Waypoints size={16} aria-hidden="true" />, shortcut: 'G W' },
  { to: '/runs', label: 'Runs', icon: <Play size={16} aria-hidden="true" />, shortcut: 'G R' },
  { to: '/tasks', label: 'Tasks', icon: <Inbox size={16} aria-hidden="true" />, shortcut: 'G T' },
  { to: '/events', label: 'Events', icon: <Radio size={16} aria-hidden="true" />, shortcut: 'G E' },
  { to: '/demo-shop', label: 'Demo shop', icon: <Store size={16} aria-hidden="true" />, shortcut: 'G D' },
  { to: '/settings', label: 'Settings', icon: <Settings size={16} aria-hidden="true" />, shortcut: 'G S' },
];

/** Everything around a page: navigation, palette, help, who is logged in (W1). */
export function Shell(): ReactElement {
  const navigate = useNavigate();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const phone = useMedia('(max-width: 767px)');
  const narrow = useMedia('(max-width: 1023px)');
  const editing = /^\/workflows\/.+/.test(path);
  // A drawing wants the width.
  const drawing = editing || /^\/runs\/.+/.test(path);
  const [nav, setNav] = useStored('sagawright.nav', 'open');
  const [sheet, setSheet] = useState(false);
  const [palette, setPalette] = useState(false);
  const [help, setHelp] = useState(false);
  const folded = nav === 'folded' || narrow || drawing;

  useEffect(() => {
    document.getElementById('main')?.scrollTo(0, 0);
  }, [path]);
  useShellKeys({
    onPalette: () => {
      setPalette(true);
    },
    onHelp: () => {
      if (!editing) setHelp(true);
    },
    onFold: () => {
      setNav(nav === 'folded' ? 'open' : 'folded');
    },
    onGo: (to) => void navigate({ to }),
  });

  const openPalette = (): void => {
    setSheet(false);
    setPalette(true);
  };

  return (
    <div className="flex h-dvh flex-col overflow-hidden md:flex-row">
      <a
        href="#main"
        className="sr-only z-50 rounded-input bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      {phone ? (
        <header className="flex h-12 shrink-0 items-center justify-between border-b border-border bg-surface px-2">
          <IconButton
            label="Open navigation"
            size="regular"
            onClick={() => {
              setSheet(true);
            }}
          >
            <MenuIcon size={18} aria-hidden="true" />
          </IconButton>
          <Link to="/workflows" className="flex items-center gap-2 rounded-input p-1 font-semibold">
            <Logo size={20} /> Sagawright
          </Link>
          <IconButton label="Search" size="regular" onClick={openPalette}>
            <Search size={18} aria-hidden="true" />
          </IconButton>
        </header>
      ) : (
        <aside
          className={classNames(
            'flex shrink-0 flex-col border-r border-border bg-canvas transition-[width] duration-150',
            folded ? 'w-12' : 'w-54',
          )}
        >
          <Navigation
            folded={folded}
            onPalette={openPalette}
            onHelp={() => {
              setHelp(true);
            }}
            onFold={
              narrow || drawing
                ? null
                : () => {
                    setNav(folded ? 'open' : 'folded');
                  }
            }
          />
        </aside>
      )}
      {phone && (
        <Sheet open={sheet} onOpenChange={setSheet} title="Sagawright" side="left">
          <div
            className="flex h-full flex-col"
            onClick={(event) => {
              if ((event.target as HTMLElement).closest('a') !== null) setSheet(false);
            }}
          >
            <Navigation
              folded={false}
              onPalette={openPalette}
              onHelp={() => {
                setHelp(true);
              }}
              onFold={null}
            />
          </div>
        </Sheet>
      )}
      <main id="main" tabIndex={-1} className="flex min-h-0 min-w-0 flex-1 flex-col overflow-hidden outline-none">
        {path === '/workflows' && <PasswordHint />}
        <PauseBanner />
        <div className="min-h-0 flex-1">
          <Outlet />
        </div>
      </main>
      <CommandPalette open={palette} onOpenChange={setPalette} />
      <Help open={help} onOpenChange={setHelp} />
    </div>
  );
}

interface NavigationProps {
  readonly folded: boolean;
  readonly onPalette: () => void;
  readonly onHelp: () => void;
  /** null = folding is not the person's to decide here. */
  readonly onFold: (() => void) | null;
}

function Navigation({ folded, onPalette, onHelp, onFold }: NavigationProps): ReactElement {
  const shop = useQuery(demoShopQuery(''));
  const { data: asked = 0 } = useQuery(taskCountQuery({ list: 'mine' }));
  const places = PLACES.filter((place) => place.to !== '/demo-shop' || shop.data !== undefined);
  return (
    <>
      <div
        className={classNames(
          'flex h-12 shrink-0 items-center',
          folded ? 'justify-center' : 'justify-between pr-2 pl-3',
        )}
      >
        {!folded && (
          <Link to="/workflows" className="flex items-center gap-2 rounded-input text-14 font-semibold">
            <Logo size={22} /> Sagawright
          </Link>
        )}
        {folded && onFold === null && (
          <Link to="/workflows" aria-label="Sagawright, to the workflows" className="rounded-input">
            <Logo size={24} />
          </Link>
        )}
        {onFold !== null && (
          <IconButton
            label={folded ? 'Unfold navigation' : 'Fold navigation'}
            shortcut="Ctrl B"
            tooltipSide="right"
            onClick={onFold}
          >
            <PanelLeft size={16} aria-hidden="true" />
          </IconButton>
        )}
      </div>
      <div className="px-2 pb-2">
        {folded ? (
          <IconButton label="Search" shortcut="Ctrl K" size="regular" tooltipSide="right" onClick={onPalette}>
            <Search size={16} aria-hidden="true" />
          </IconButton>
        ) : (
          <button
            type="button"
            onClick={onPalette}
            className="flex h-8 w-full items-center gap-2 rounded-input border border-border bg-surface px-2 text-13 text-muted transition-colors hover:border-border-strong"
          >
            <Search size={14} aria-hidden="true" />
            <span className="flex-1 text-left">Search</span>
            <Kbd>Ctrl K</Kbd>
          </button>
        )}
      </div>
      <nav aria-label="Main" className="flex flex-1 flex-col gap-0.5 px-2">
        {places.map((place) => (
          <NavLink
            key={place.to}
            place={place}
            folded={folded}
            asked={place.to === '/tasks' && asked > 0 ? countWords(asked) : null}
          />
        ))}
      </nav>
      <div
        className={classNames(
          'flex shrink-0 border-t border-border p-2',
          folded ? 'flex-col gap-1' : 'items-center gap-1',
        )}
      >
        <UserMenu folded={folded} />
        <ThemeSwitch />
        <IconButton label="Help" shortcut="?" size="regular" tooltipSide="right" onClick={onHelp}>
          <CircleHelp size={16} aria-hidden="true" />
        </IconButton>
      </div>
    </>
  );
}

interface NavLinkProps {
  readonly place: Place;
  readonly folded: boolean;
  /** How many things there wait for this person; null = none. */
  readonly asked: string | null;
}

function NavLink({ place, folded, asked }: NavLinkProps): ReactElement {
  const label = asked === null ? place.label : `${place.label}, ${asked} for you`;
  const link = (
    <Link
      to={place.to}
      aria-label={folded ? label : undefined}
      className={classNames(
        'relative flex h-8 items-center gap-2.5 rounded-input font-medium text-muted transition-colors hover:bg-hover hover:text-text',
        folded ? 'w-8 justify-center' : 'px-2',
      )}
      activeProps={{ className: 'bg-idle-tint text-text', 'aria-current': 'page' }}
    >
      {place.icon}
      {!folded && place.label}
      {asked !== null && (
        <span
          aria-hidden="true"
          className={classNames(
            'tabular rounded-pill bg-accent text-on-accent',
            folded
              ? 'absolute top-0 right-0 min-w-3.5 px-1 text-center text-[10px] leading-3.5'
              : 'ml-auto min-w-5 px-1.5 text-center text-11 leading-5',
          )}
        >
          {asked}
        </span>
      )}
      {!folded && asked !== null && <span className="sr-only">{asked} for you</span>}
    </Link>
  );
  return folded ? (
    <Tooltip label={label} shortcut={place.shortcut} side="right">
      {link}
    </Tooltip>
  ) : (
    link
  );
}

function ThemeSwitch(): ReactElement {
  useTheme();
  const dark = document.documentElement.dataset['theme'] === 'dark';
  return (
    <IconButton
      label={dark ? 'Use the light theme' : 'Use the dark theme'}
      size="regular"
      tooltipSide="right"
      onClick={() => {
        setTheme(dark ? 'light' : 'dark');
      }}
    >
      {dark ? <Sun size={16} aria-hidden="true" /> : <Moon size={16} aria-hidden="true" />}
    </IconButton>
  );
}

function UserMenu({ folded }: { readonly folded: boolean }): ReactElement {
  const { data: me } = useQuery(meQuery);
  const navigate = useNavigate();
  const name = me?.user.name ?? '';
  const initials = name
    .split(/\s+/)
    .map((word) => word.charAt(0))
    .join('')
    .slice(0, 2)
    .toUpperCase();
  return (
    <Menu
      align="start"
      side="top"
      header={
        <div className="mb-1 border-b border-border px-2 pt-1 pb-2">
          <p className="text-13 font-medium">{name}</p>
          <p className="text-12 text-muted">{me?.user.email}</p>
          <p className="text-12 text-muted">{me?.workspace.name}</p>
        </div>
      }
      entries={[
        {
          id: 'keys',
          label: 'Password and API keys',
          icon: <KeyRound size={14} aria-hidden="true" />,
          onSelect: () => void navigate({ to: '/settings' }),
        },
        { kind: 'separator', id: 'line' },
        {
          id: 'out',
          label: 'Sign out',
          icon: <LogOut size={14} aria-hidden="true" />,
          onSelect: () => {
            void client
              .logout()
              .catch(() => undefined)
              .then(() => {
                forgetLogin();
                window.location.assign('/sign-in');
              });
          },
        },
      ]}
      trigger={
        <button
          type="button"
          aria-label={folded ? `Account of ${name}` : undefined}
          className={classNames(
            'flex h-8 min-w-0 items-center gap-2 rounded-input text-left hover:bg-hover',
            folded ? 'w-8 justify-center' : 'flex-1 px-1.5',
          )}
        >
          <span className="flex size-6 shrink-0 items-center justify-center rounded-pill bg-accent-tint text-11 font-semibold text-accent">
            {initials}
          </span>
          {!folded && <span className="flex-1 truncate text-13">{name}</span>}
        </button>
      }
    />
  );
}

/** The first login comes by a one-time link; without a password there is no second one. Said where people arrive, until dismissed. */
function PasswordHint(): ReactElement | null {
  const { data: me } = useQuery(meQuery);
  const [dismissed, setDismissed] = useStored('sagawright.password-hint', '');
  if (me === undefined || me.user.hasPassword || dismissed === me.user.id) return null;
  return (
    <div className="flex shrink-0 flex-wrap items-center justify-center gap-x-3 gap-y-1 border-b border-border bg-accent-tint px-4 py-1.5 text-12">
      <span>You came in by a one-time link. Set a password so that you can sign in again.</span>
      <Link to="/settings" className="rounded-tag py-1 font-medium text-accent underline">
        Set a password
      </Link>
      <button
        type="button"
        className="rounded-tag px-1 py-1 text-muted hover:text-text"
        onClick={() => {
          setDismissed(me.user.id);
        }}
      >
        Later
      </button>
    </div>
  );
}

const SHORTCUTS: readonly (readonly [string, string])[] = [
  ['Ctrl K', 'Search and commands'],
  ['Ctrl B', 'Fold the navigation'],
  ['G then W', 'Workflows'],
  ['G then R', 'Runs'],
  ['G then T', 'Tasks'],
  ['G then D', 'Demo shop'],
  ['G then S', 'Settings'],
  ['J / K', 'Next / previous row of a list'],
  ['Enter', 'Open the chosen row'],
  ['1 – 4', 'Views of a run'],
  ['?', 'This list; in the editor, its own keys'],
];

function Help({
  open,
  onOpenChange,
}: {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}): ReactElement {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Keyboard shortcuts" size="small">
      <dl className="divide-y divide-border pb-3">
        {SHORTCUTS.map(([key, meaning]) => (
          <div key={key} className="flex min-h-9 items-center justify-between gap-4">
            <dt className="text-13">{meaning}</dt>
            <dd>
              <Kbd>{key}</Kbd>
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
